import { RegistryClient, subjects } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import { measureBulk } from '../measure.js';
import { type Prepared, type Scenario, Unavailable } from '../scenario.js';
import { messageBody } from './message-body.js';
import { openRawTable } from './raw-table.js';

const threads = 20;
const accountId = 'acct_bench_history';
/** Each look is a call that the registry and the database answer beside the writing. */
const pollMs = 25;

/** Messages published at full speed until all are on record, beside batched inserts into a table with the same indexes. */
export const history: Scenario = {
  name: 'history',
  about: 'messages published until all are on record, beside bare batched inserts of the same rows (needs PostgreSQL)',
  budgetSeconds: 50,
  async prepare({ natsUrl, postgresUrl }, { quick }): Promise<Prepared> {
    if (!postgresUrl) throw new Unavailable('needs PostgreSQL');
    const count = quick ? 1000 : 20_000;
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-history' });
    const rawTable = await openRawTable(postgresUrl);
    let run = 0;
    return {
      comparisons: [
        {
          name: `${count.toLocaleString('en')} messages`,
          kind: 'bulk',
          ours: () => {
            const prefix = `bench_${++run}_`;
            const made = bodies(prefix, count);
            return measureBulk(() => recordAll(connection, prefix, made), count);
          },
          raw: () => rawTable.measure(count),
        },
      ],
      async close() {
        await connection.close();
        await rawTable.close();
      },
    };
  },
};

/** Made before the clock starts, as the raw side makes its rows. */
function bodies(prefix: string, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const thread_id = `${prefix}${String(index % threads).padStart(2, '0')}`;
    return messageBody({ thread_id, to_account_id: accountId });
  });
}

async function recordAll(connection: NatsConnection, prefix: string, made: readonly Uint8Array[]): Promise<void> {
  const inbox = subjects.accountInbox(accountId);
  for (const body of made) connection.publish(inbox, body);
  await connection.flush();
  const registry = new RegistryClient(natsTransport(connection));
  for (;;) {
    const { results } = await registry.threadList({ query: prefix, limit: threads });
    const recorded = results.reduce((sum, { message_count }) => sum + message_count, 0);
    if (recorded >= made.length) return;
    await new Promise((done) => setTimeout(done, pollMs));
  }
}
