import { type MessageSearchRequest, RegistryClient } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import pg from 'pg';
import { secondsOf } from '../call-loads.js';
import { measureClosed } from '../measure.js';
import { type Comparison, type Prepared, type Scenario, type Side, Unavailable } from '../scenario.js';
import { filledThread, fillMessages } from './filled-messages.js';

/** Enough for a 99th percentile. */
const mostCalls = 1000;

/** Pages of a large history, one call at a time, beside a bare select of one message by its primary key. */
export const query: Scenario = {
  name: 'query',
  about: 'pages of 1,000,000 messages, beside a bare select of one by its primary key (needs PostgreSQL)',
  budgetSeconds: 150,
  async prepare({ natsUrl, postgresUrl }, { quick }): Promise<Prepared> {
    if (!postgresUrl) throw new Unavailable('needs PostgreSQL');
    const messages = quick ? 20_000 : 1_000_000;
    const client = new pg.Client({ connectionString: postgresUrl });
    await client.connect();
    await fillMessages(client, messages);
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-query' });
    const registry = new RegistryClient(natsTransport(connection));
    const some = (most: number) => Math.floor(Math.random() * most);
    const raw = () => client.query('SELECT * FROM agent_messages WHERE message_id = md5($1)', [String(some(messages))]);
    const measure =
      (call: () => Promise<unknown>): Side =>
      (round) =>
        measureClosed(call, { inFlight: 1, seconds: secondsOf(round, 1.2, quick), count: mostCalls });
    const compare = (name: string, ours: () => Promise<unknown>): Comparison => ({
      name,
      kind: 'calls',
      ours: measure(ours),
      raw: measure(raw),
    });
    const search = (filters: () => MessageSearchRequest) => () => registry.messageSearch(filters());
    return {
      comparisons: [
        compare('thread page', () => registry.threadMessages({ thread_id: filledThread(some(messages)) })),
        compare(
          'newest page',
          search(() => ({})),
        ),
        compare(
          'from an account',
          search(() => ({ from_account_id: `acct_${some(997)}` })),
        ),
        compare(
          'of an account, rejected',
          search(() => ({ participant_account_id: `acct_${some(997)}`, status: 'rejected' })),
        ),
        compare(
          'rejected',
          search(() => ({ status: 'rejected' })),
        ),
        compare(
          'received by nobody, as none is',
          search(() => ({ status: 'received' })),
        ),
        compare(
          'of a trace',
          search(() => ({ trace_id: filledThread(some(messages)) })),
        ),
        compare(
          'word of every message',
          search(() => ({ text: 'order' })),
        ),
        compare(
          'word of one in ten',
          search(() => ({ text: 'delayed' })),
        ),
        compare(
          'word of one in 400',
          search(() => ({ text: 'seldom' })),
        ),
        compare(
          'word of one in 10,000',
          search(() => ({ text: 'rare' })),
        ),
        compare(
          'two words of one in ten',
          search(() => ({ text: 'delayed order' })),
        ),
        compare(
          'word of the oldest tenth',
          search(() => ({ text: 'ancient' })),
        ),
      ],
      async close() {
        await connection.close();
        await client.query('TRUNCATE agent_messages, agent_receipts');
        await client.end();
      },
    };
  },
};
