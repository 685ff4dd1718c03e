import { expect, test } from 'vitest';
import { BoundedFeed } from '../../src/session/bounded-feed.js';

test('given a reader that is slow, when more comes than fits, then the newest are dropped and counted, and order is kept', async () => {
  const feed = new BoundedFeed<number>(3);
  for (const item of [1, 2, 3, 4, 5]) feed.push(item);
  feed.end();
  feed.push(6);
  const batches = [];
  for await (const batch of feed.batches()) batches.push(batch);
  expect({ batches, dropped: feed.dropped }).toEqual({ batches: [[1, 2, 3]], dropped: 2 });
});

test('given a reader that waits, when something comes or it ends, then it goes on', async () => {
  const feed = new BoundedFeed<string>(3);
  const batches = feed.batches();
  const first = batches.next();
  feed.push('a');
  expect(await first).toEqual({ value: ['a'], done: false });
  const last = batches.next();
  feed.end();
  expect((await last).done).toBe(true);
});
