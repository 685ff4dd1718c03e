import { expect, test, vi } from 'vitest';
import { PublishQueue } from '../../src/connection/publish-queue.js';
import { TransportError } from '../../src/errors.js';

const body = (bytes: number) => new Uint8Array(bytes);

/** A queue whose client notes what it is handed, and fails at the subject `broken`. */
function aQueue() {
  const handed: string[] = [];
  const errors: string[] = [];
  const state = { isUp: true };
  const queue = new PublishQueue({
    publish: (subject) => {
      if (subject === 'broken') throw new TransportError('connection_closed', 'gone');
      handed.push(subject);
    },
    isUp: () => state.isUp,
    onError: ({ code }) => void errors.push(code),
  });
  const publish = (subject: string, bytes = 10) => queue.publish(subject, body(bytes));
  return { queue, publish, handed, errors, state };
}

/** What the event loop does next. */
const atRest = () => new Promise<void>((resolve) => process.nextTick(resolve));

test('given work in several steps, when each publishes, then all is handed over together and in order, once it has come to rest', async () => {
  const { publish, handed } = aQueue();
  publish('accepted');
  await Promise.resolve();
  publish('reply');
  await Promise.resolve();
  publish('processed');
  expect(handed).toEqual([]);
  await atRest();
  expect(handed).toEqual(['accepted', 'reply', 'processed']);
  publish('later');
  await atRest();
  expect(handed.at(-1)).toBe('later');
});

test('given small bodies that wait, when a large one follows, then it is handed over at once and after them', () => {
  const { publish, handed } = aQueue();
  publish('small');
  publish('large', 100_000);
  expect(handed).toEqual(['small', 'large']);
});

test('given a large body the client refuses, when it is published, then the caller hears of it', () => {
  const { publish } = aQueue();
  expect(() => publish('broken', 100_000)).toThrow('[connection_closed]');
});

test('given a flood, when it is published without a pause, then it does not pile up', () => {
  const { publish, handed } = aQueue();
  for (let at = 0; at < 1000; at++) publish(String(at));
  expect(handed.length).toBeGreaterThan(700);
  expect(handed).toEqual(handed.map((_, at) => String(at)));
});

test('given a connection that is lost before the hand-over, when it comes, then nothing is sent later', async () => {
  const { queue, publish, handed, state } = aQueue();
  publish('lost');
  state.isUp = false;
  await atRest();
  state.isUp = true;
  queue.flush();
  expect(handed).toEqual([]);
});

test('given one of many that cannot be published, when they are handed over, then the others are and the failure is told', async () => {
  const { publish, handed, errors } = aQueue();
  for (const subject of ['first', 'broken', 'last']) publish(subject);
  await atRest();
  expect(handed).toEqual(['first', 'last']);
  expect(errors).toEqual(['connection_closed']);
});

/** What rides, and whether it was told that it was dropped. */
function aRider(subject: string) {
  const rider = { dropped: 0 };
  const ride = (queue: PublishQueue) => queue.ride([subject, body(10), {}], () => void rider.dropped++);
  return { rider, ride };
}

test('given something that rides, when something is published, then both leave together and in order', async () => {
  const { queue, publish, handed } = aQueue();
  const { rider, ride } = aRider('receipt');
  ride(queue);
  await atRest();
  expect(handed).toEqual([]);
  publish('reply');
  await atRest();
  expect(handed).toEqual(['receipt', 'reply']);
  expect(rider.dropped).toBe(0);
});

test('given something that rides, when nothing is published, then it leaves by itself', async () => {
  const { queue, handed } = aQueue();
  aRider('receipt').ride(queue);
  await vi.waitFor(() => expect(handed).toEqual(['receipt']));
});

test('given something that rides behind what leaves now, when that leaves, then so does it', async () => {
  const { queue, publish, handed } = aQueue();
  publish('reply');
  aRider('receipt').ride(queue);
  await atRest();
  expect(handed).toEqual(['reply', 'receipt']);
});

test('given something that rides, when the connection is lost before it leaves, then whoever sent it is told, once', async () => {
  const { queue, handed, state } = aQueue();
  const { rider, ride } = aRider('receipt');
  ride(queue);
  state.isUp = false;
  await vi.waitFor(() => expect(rider.dropped).toBe(1));
  state.isUp = true;
  queue.flush();
  expect(handed).toEqual([]);
});

test('given what is decided late, when the code has come to rest, then it leaves in its place, or not at all', async () => {
  const { queue, publish, handed } = aQueue();
  let isNeeded = true;
  queue.later(() => (isNeeded ? ['unneeded', body(1)] : undefined));
  publish('between');
  queue.later(() => ['late', body(1)]);
  publish('last');
  isNeeded = false;
  await atRest();
  expect(handed).toEqual(['between', 'late', 'last']);
});

test('given something late with a large body, when it is published, then it is decided at once, after what waits', () => {
  const { queue, publish, handed } = aQueue();
  publish('small');
  queue.later(() => ['late', body(100_000)], { bytes: 100_000 });
  expect(handed).toEqual(['small', 'late']);
});

test('given a connection that is lost before the code rests, when it does, then what was late is not decided but dropped', async () => {
  const { queue, handed, state } = aQueue();
  const told: string[] = [];
  queue.later(
    () => {
      told.push('decided');
      return ['late', body(1)];
    },
    { onDropped: () => void told.push('dropped') },
  );
  state.isUp = false;
  await atRest();
  expect([told, handed]).toEqual([['dropped'], []]);
});

test('given something late that the client refuses, when it would leave, then that is told, and to whoever published it', async () => {
  const { queue, publish, handed, errors } = aQueue();
  const told: string[] = [];
  queue.later(() => ['broken', body(1)], { onDropped: () => void told.push('dropped') });
  publish('next');
  await atRest();
  expect([told, handed, errors]).toEqual([['dropped'], ['next'], ['connection_closed']]);
});
