import { type RuleId, subjects } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { aMessage, eventually, rawClient, rule, startNats, startNatsCluster, tapWire } from '../harness/index.js';

test('given a running nats-server, when it is restarted, then it is reachable on the same port', async () => {
  await using nats = await startNats();
  const { port, pid } = nats;
  await nats.restart();
  expect(nats.port).toBe(port);
  expect(nats.pid).not.toBe(pid);
  await using client = await rawClient(nats.url);
  await client.connection.flush();
});

test('given a token, when a client uses the server url, then it is let in', async () => {
  await using nats = await startNats({ token: 's3cret', jetStream: false });
  await using client = await rawClient(nats.url);
  await client.connection.flush();
});

test('given a port that somebody takes before a cluster does, when the cluster starts, then it has another one', async () => {
  await using somebody = await startNats({ jetStream: false });
  const chosen: number[] = [];
  await using cluster = await startNatsCluster(['alone'], ({ port }) => {
    chosen.push(port);
    return `listen: 127.0.0.1:${chosen.length === 1 ? somebody.port : port}`;
  });
  expect(cluster.members.map(({ port }) => port)).toEqual(chosen.slice(1));
  await using client = await rawClient(`nats://127.0.0.1:${chosen.at(-1)}`);
  await client.connection.flush();
});

test('given a frame that breaks its schema, when the tap verifies, then it fails with the frame', async () => {
  await using nats = await startNats({ jetStream: false });
  await using client = await rawClient(nats.url);
  const tap = await tapWire((await rawClient(nats.url)).connection);
  await client.deliver(subjects.accountInbox('acct_a'), { message_id: 'not-hex' });
  await expect(tap.verify()).rejects.toThrow(/not-hex/);
  await client.deliver(subjects.accountInbox('acct_a'), aMessage({ from: 'acct_b', to: 'acct_a' }));
  await tap.verify();
  await tap.close();
});

test('given a frame the test made, when the tap verifies, then only the answer to it is judged', async () => {
  await using nats = await startNats({ jetStream: false });
  await using client = await rawClient(nats.url);
  await using responder = await rawClient(nats.url);
  const tap = await tapWire((await rawClient(nats.url)).connection, { madeByTest: ({ body }) => client.hasSent(body) });
  await responder.subscribe(subjects.registryProfile, {
    onFrame: ({ reply }) => responder.publish(reply ?? '', { profile: 'wrong' }),
  });
  await client.request(subjects.registryProfile, '{bad');
  await expect(tap.verify()).rejects.toThrow(/ProfileReply/);
  await tap.close();
});

test('given a rule the specification lacks, when a scenario cites it, then defining the scenario fails', () => {
  expect(() => rule('no.such.rule' as RuleId, 'given nothing, when nothing, then nothing', () => {})).toThrow(
    /no rule no\.such\.rule/,
  );
});

test('given a value that never comes, when the deadline passes, then the failure shows the last one', async () => {
  await expect(eventually(() => 7, { until: (value) => value > 7, timeoutMs: 30 })).rejects.toThrow(/last: 7/);
});
