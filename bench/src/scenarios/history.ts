import { RegistryClient, subjects } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import { measureBulk } from '../measure.js';
import type { Prepared, Scenario } from '../scenario.js';
import { messageBody } from './message-body.js';
import { openRawTable } from './raw-table.js';

const threads = 20;
const accountId = 'acct_bench_history';

/** Messages published at full speed until all are on record, beside batched inserts into a table with the same indexes. */
export const history: Scenario = {
  name: 'history',
  about: 'messages published until all are on record, beside bare batched inserts of the same rows (needs PostgreSQL)',
  async prepare({ natsUrl, postgresUrl }, { quick }): Promise<Prepared> {
    if (!postgresUrl) {
      console.error('history: skipped, PostgreSQL is not installed');
      return { comparisons: [], close: async () => {} };
    }
    const count = quick ? 1000 : 20_000;
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-history' });
    const rawTable = await openRawTable(postgresUrl);
    let run = 0;
    return {
      comparisons: [
        {
          name: `${count.toLocaleString('en')} messages`,
          kind: 'bulk',
          ours: () => measureBulk(() => recordAll(connection, `bench_${++run}_`, count), count),
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

async function recordAll(connection: NatsConnection, prefix: string, count: number): Promise<void> {
  const inbox = subjects.accountInbox(accountId);
  for (let index = 0; index < count; index++) {
    const thread_id = `${prefix}${String(index % threads).padStart(2, '0')}`;
    connection.publish(inbox, messageBody({ thread_id, to_account_id: accountId }));
  }
  await connection.flush();
  const registry = new RegistryClient(natsTransport(connection));
  for (;;) {
    const { results } = await registry.threadList({ query: prefix, limit: threads });
    const recorded = results.reduce((sum, { message_count }) => sum + message_count, 0);
    if (recorded >= count) return;
    await new Promise((done) => setTimeout(done, 10));
  }
}
