import { type Hello, subjects } from '@agentnet/protocol';
import { describe, expect } from 'vitest';
import {
  aMessage,
  countInThread,
  databases,
  eventually,
  eventuallyEqual,
  findPostgresPrograms,
  openNetwork,
  rule,
  startPostgres,
  uniqueName,
} from '../harness/index.js';

const programs = findPostgresPrograms();
/** Databases start slowly on a busy machine, and what a killed process had in hand comes again after `historyAckWaitMs`. */
const patient = { timeout: 120_000 };
const inbox = subjects.accountInbox('acct_bob');

describe('outage on pglite', () => {
  rule(
    'history.outage.registry',
    'given a registry that is killed, when messages are sent meanwhile and it restarts, then all are recorded',
    async () => {
      const [pglite] = databases();
      if (!pglite) throw new Error('PGlite is always there');
      await using network = await openNetwork(pglite);
      const { client, registry } = network;
      const thread_id = uniqueName('thread');
      await client.deliver(inbox, aMessage({ to: 'acct_bob', thread_id }));
      await registry.kill();
      for (let index = 0; index < 5; index += 1) await client.deliver(inbox, aMessage({ to: 'acct_bob', thread_id }));
      await registry.restart();
      await client.deliver(inbox, aMessage({ to: 'acct_bob', thread_id }));
      await eventuallyEqual(() => countInThread(client, thread_id), 7, { timeoutMs: 30_000 });
    },
    patient,
  );

  rule(
    ['presence.reconnect', 'history.captured'],
    'given a NATS server that restarts, when it is back, then the peer is online as before and messages arrive and are recorded',
    async () => {
      const [pglite] = databases();
      if (!pglite) throw new Error('PGlite is always there');
      await using network = await openNetwork(pglite, { env: { AGENT_TTL_SECONDS: '30' } });
      const { client, nats } = network;
      const peer = await network.peer();
      await nats.restart();
      await eventually(() => client.connection.flush().then(() => true));
      const hellos = await client.subscribe(subjects.registryHello);
      await hellos.next({ where: ({ json }) => (json as Hello).session_tag === peer.sessionTag });
      const message = aMessage({ to: peer.accountId });
      await client.deliver(subjects.accountInbox(peer.accountId), message);
      await eventually(() => peer.handled.length === 1);
      await eventuallyEqual(() => countInThread(client, message.thread_id), 1);
    },
    patient,
  );
});

const why = programs ? '' : ' (PostgreSQL server programs are not installed)';
describe.skipIf(!programs)(`outage on postgres${why}`, () => {
  rule(
    ['history.outage.database', 'rpc.store-down'],
    'given a database that stops, when messages are sent and it returns, then calls fail meanwhile and nothing is lost',
    async () => {
      await using cluster = await startPostgres(programs ?? '');
      await using network = await openNetwork({
        name: 'postgres',
        skipped: false,
        create: async () => ({ kind: 'postgres', env: { DATABASE_URL: cluster.url }, drop: async () => {} }),
      });
      const { client } = network;
      const thread_id = uniqueName('thread');
      const send = (): Promise<void> => client.deliver(inbox, aMessage({ to: 'acct_bob', thread_id }));
      await send();
      await eventuallyEqual(() => countInThread(client, thread_id), 1);
      cluster.stop();
      for (let index = 0; index < 5; index += 1) await send();
      expect(await client.rpc('thread_status', { thread_id })).toMatchObject({ code: 'internal_error' });
      expect(await client.rpc('register', { agent_id: uniqueName() })).toMatchObject({ code: 'internal_error' });
      cluster.start();
      await send();
      await eventuallyEqual(() => countInThread(client, thread_id), 7, { timeoutMs: 5_000 });
      const name = uniqueName();
      await eventually(async () => 'account_id' in (await client.rpc('register', { agent_id: name })));
    },
    patient,
  );
});
