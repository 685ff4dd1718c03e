import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { history, type Message, subjects } from '@agentnet/protocol';
import { jetstreamManager } from '@nats-io/jetstream';
import { describe, expect, test } from 'vitest';
import {
  countInThread,
  databases,
  eventuallyEqual,
  findPostgresPrograms,
  idsOf,
  messagesOf,
  type Network,
  openNetwork,
  readThread,
  record,
  uniqueName,
} from '../harness/index.js';

const readme = readFileSync(new URL('../../registry/README.md', import.meta.url), 'utf8');
const programs = findPostgresPrograms() ?? '';
const patient = 120_000;

/** The one command of the operator's guide that begins with this program. */
function documented(program: string): string {
  const commands = [...readme.matchAll(/^```bash\n([\s\S]*?)^```/gm)].flatMap(([, text = '']) => text.split('\n'));
  const found = commands.filter((line) => line.startsWith(`${program} `));
  expect(found, `commands of the guide that run ${program}`).toHaveLength(1);
  return found[0] ?? '';
}

/** How one kind of database is backed up, destroyed and brought back. The registry runs for `backUp` on Postgres only. */
interface Drill {
  backUp(network: Network): Promise<void>;
  destroy(network: Network): Promise<void>;
  restore(network: Network): Promise<void>;
}

async function rehearse(network: Network, drill: Drill): Promise<void> {
  const { client, registry } = network;
  const { account_id, username } = await client.ask('register', { agent_id: uniqueName() });
  const thread_id = uniqueName('thread');
  const batch = (count: number): Message[] => messagesOf(thread_id, Array(count).fill({ payload: 'yo' }));
  const [saved, unsaved, waiting] = [batch(30), batch(10), batch(20)];
  await record(client, saved);
  await drill.backUp(network);
  await record(client, unsaved, 40);
  // What is on record and not yet acknowledged would come again, to the restored database.
  await eventuallyEqual(() => countInStream(client), 0);
  await registry.kill();
  await drill.destroy(network);
  for (const message of waiting) client.publish(subjects.accountInbox('acct_bob'), message);
  await client.connection.flush();
  await drill.restore(network);
  await registry.restart();
  await eventuallyEqual(() => countInThread(client, thread_id), 50, { timeoutMs: 30_000 });
  const { rows } = await readThread(client, thread_id, 200);
  expect(idsOf(rows).sort()).toEqual(idsOf([...saved, ...waiting]).sort());
  expect(await client.ask('thread_status', { thread_id })).toMatchObject({ message_count: 50, byte_count: 50 * 4 });
  expect(await client.ask('resolve_account', { username })).toMatchObject({ account_id });
}

async function countInStream({ connection }: Network['client']): Promise<number> {
  const { streams } = await jetstreamManager(connection);
  return (await streams.info(history.stream)).state.messages;
}

const title =
  'given a backup, when the database is destroyed and restored, then all up to the backup and all that waited in the stream is there';

describe('restore on pglite', () => {
  test(
    title,
    async () => {
      const [pglite] = databases();
      if (!pglite) throw new Error('PGlite is always there');
      await using network = await openNetwork(pglite, { env: { AGENT_TTL_SECONDS: '60' } });
      const folder = network.database.env['AGENTNET_DATA_DIR'] ?? '';
      const copy = `${folder}-copy`;
      await rehearse(network, {
        async backUp({ registry }) {
          expect(await registry.stop()).toBe(0);
          cpSync(folder, copy, { recursive: true });
          await registry.restart();
        },
        destroy: async () => rmSync(folder, { recursive: true }),
        restore: async () => cpSync(copy, folder, { recursive: true }),
      });
    },
    patient,
  );
});

const postgres = databases().find(({ name }) => name === 'postgres');
describe.skipIf(!postgres || postgres.skipped || !programs)('restore on postgres', () => {
  test(
    title,
    async () => {
      if (!postgres) throw new Error('skipped otherwise');
      await using network = await openNetwork(postgres, { env: { AGENT_TTL_SECONDS: '60' } });
      const folder = mkdtempSync(join(tmpdir(), 'agentnet-dump-'));
      const { DATABASE_URL = '' } = network.database.env;
      const env = { ...process.env, PATH: `${programs}${delimiter}${process.env['PATH']}`, DATABASE_URL };
      const run = (command: string): unknown =>
        execFileSync('sh', ['-c', command], { cwd: folder, env, stdio: 'pipe' });
      const tables = 'agent_accounts, agent_sessions, agent_threads, agent_messages, agent_migrations';
      try {
        await rehearse(network, {
          backUp: async () => void run(documented('pg_dump')),
          destroy: async () => void run(`psql "$DATABASE_URL" --command 'DROP TABLE ${tables} CASCADE'`),
          restore: async () => void run(documented('pg_restore')),
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    patient,
  );
});
