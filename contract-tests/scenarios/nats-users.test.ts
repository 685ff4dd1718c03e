import { readFileSync } from 'node:fs';
import { history, subjects } from '@agentnet/protocol';
import { AgentSDK, listOnlineAgents } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cleanup, databases, eventually, startNatsCluster, startRegistry, uniqueName } from '../harness/index.js';

const page = readFileSync(new URL('../../docs/production.md', import.meta.url), 'utf8');
const [, documented = ''] = /^```text\n(authorization \{[\s\S]*?)^```/m.exec(page) ?? [];
const [embedded] = databases();
const all = new Cleanup();
let urlOf: (user: string) => string;
let agent: NatsConnection;
let registry: NatsConnection;

beforeAll(async () => {
  const users = documented
    .replace('<password of registries>', 'of-registry')
    .replace('<password of agents>', 'of-agent');
  const server = all.use(
    await startNatsCluster(['alone'], ({ port, folder }) =>
      [`listen: 127.0.0.1:${port}`, `jetstream { store_dir: "${folder}" }`, users].join('\n'),
    ),
  );
  urlOf = (user) => `nats://${user}:of-${user}@127.0.0.1:${server.members[0]?.port}`;
  registry = await eventually(() => connect({ url: urlOf('registry') }));
  all.defer(() => registry.close());
  const database = await embedded?.create();
  if (!database) throw new Error('there is always an embedded database');
  all.defer(() => database.drop());
  all.use(await startRegistry({ natsUrl: urlOf('registry'), database: database.env }));
  agent = await connect({ url: urlOf('agent') });
  all.defer(() => agent.close());
}, 120_000);
afterAll(() => all.run());

test('given the users of the production guide, when agents ask, share outcomes and blobs, and look around, then nothing they need is forbidden', async () => {
  const refused: string[] = [];
  const own = (word: string) => ({
    agentId: uniqueName(word),
    natsUrl: urlOf('agent'),
    blobs: { storage: 'nats_object' as const },
    onError: (error: Error) => refused.push(error.message),
  });
  const keeper = new AgentSDK({ ...own('keeper'), capabilities: ['keep'] });
  keeper.node.on('degraded', ({ error }) => refused.push(error.message));
  keeper.onMessage(async ({ payload }, { reply }) => reply({ text: await keeper.getBlobText(payload as string) }));
  await keeper.start();
  const guest = await AgentSDK.open(own('guest'));
  const { blob_id } = await guest.putBlobBytes(Buffer.from('kept'));
  const question = { payload: blob_id, idempotencyKey: 'once' };
  const replies = [
    await guest.node.request({ ...question, to: `@${keeper.node.username}` }),
    await guest.node.request({ ...question, to: `@${keeper.node.username}` }),
    await guest.node.requestCapability({ capability: 'keep', payload: blob_id }),
  ];
  expect(replies.map(({ payload }) => payload)).toEqual(Array.from({ length: 3 }, () => ({ text: 'kept' })));
  expect((await listOnlineAgents(urlOf('agent'))).length).toBe(2);
  await Promise.all([guest.close(), keeper.close()]);
  expect(refused).toEqual([]);
});

test('given an agent, when it would answer in the place of the registry, then it may not even listen', async () => {
  for (const subject of ['registry.resolve_key', 'registry.>', subjects.historyTapped]) {
    const listening = agent.subscribe(subject);
    await expect(listening.closed).resolves.toMatchObject({ name: 'PermissionViolationError' });
  }
});

test('given an agent, when it would remove, empty or read the history or announce keys, then nothing of it happens', async () => {
  const heard = registry.subscribe(subjects.keyChanges, { max: 1 });
  await registry.flush();
  const verbs = ['DELETE', 'PURGE', 'INFO', 'MSG.GET', 'MSG.DELETE', 'UPDATE'];
  const calls = verbs.map((verb) => `$JS.API.STREAM.${verb}.${history.stream}`);
  // Whoever acknowledges in the registry's place takes a message away before it is on record.
  const acknowledgement = `$JS.ACK.${history.stream}.${history.consumer}.1.1.1.1.0`;
  for (const subject of [...calls, acknowledgement]) {
    const asked = agent.request(subject, '{"seq":1}', { timeout: 10_000 });
    await expect(asked, subject).rejects.toThrow(/permissions violation/i);
  }
  agent.publish(subjects.keyChanges, '{"account_id":"acct_x"}');
  await agent.flush();
  const { streams } = await jetstreamManager(registry);
  expect((await streams.info(history.stream)).config.name).toBe(history.stream);
  registry.publish(subjects.keyChanges, 'mine');
  for await (const first of heard) expect(first.string()).toBe('mine');
});
