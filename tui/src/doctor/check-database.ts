import type { StoreDurability } from '@agentnet/protocol';
import { databaseText } from '../output/database-text.js';
import { isOnThisMachine } from '../session/nats-address.js';
import type { Finding, Verdict } from './finding.js';
import type { Patient } from './patient.js';

const check = 'database';

/** Whether there is a database, and whether what it has committed outlives a crash. */
export async function checkDatabase({ metrics, network }: Patient): Promise<Finding> {
  const answer = await metrics;
  if ('failure' in answer) return { check, verdict: 'unknown', detail: 'no registry to ask' };
  const { store_enabled, store_durability: durability } = answer.reply;
  if (!store_enabled || durability?.engine === 'memory') {
    return {
      check,
      verdict: 'failure',
      detail: 'the registry keeps everything in memory',
      fix: 'Give it a database: DATABASE_URL, or `agentnet up`.',
    };
  }
  if (!durability) {
    return { check, verdict: 'unknown', detail: 'in use; this registry does not tell its durability settings' };
  }
  const detail = databaseText(answer.reply);
  return durability.engine === 'pglite'
    ? builtIn(detail, durability, isOnThisMachine(network.natsUrl))
    : onServer(detail, durability);
}

/** The built-in database has no fsync; that is how it is made. */
function builtIn(settings: string, { fsync }: StoreDurability, isLocal: boolean): Finding {
  if (fsync) return { check, verdict: 'ok', detail: settings };
  const detail = `${settings}: outlives its process, but not a power cut`;
  if (isLocal) return { check, verdict: 'ok', detail: `${detail}, which is fine on this machine` };
  const fix = 'Use a PostgreSQL server: DATABASE_URL, or `agentnet up --database-url`.';
  return { check, verdict: 'warning', detail, fix };
}

/** What is lost with a setting of a PostgreSQL server that is off. */
const losses: readonly {
  setting: string;
  isOff(durability: StoreDurability): boolean;
  verdict: Verdict;
  loss: string;
}[] = [
  {
    setting: 'fsync',
    isOff: ({ fsync }) => !fsync,
    verdict: 'failure',
    loss: 'a power cut can damage the whole database',
  },
  {
    setting: 'full_page_writes',
    isOff: ({ full_page_writes }) => !full_page_writes,
    verdict: 'warning',
    loss: 'a power cut can leave pages half written',
  },
  {
    setting: 'synchronous_commit',
    isOff: ({ synchronous_commit }) => synchronous_commit === 'off',
    verdict: 'warning',
    loss: 'a crash undoes the last commits, and the stream no longer has their messages',
  },
];

function onServer(settings: string, durability: StoreDurability): Finding {
  const found = losses.filter(({ isOff }) => isOff(durability));
  if (found.length === 0) return { check, verdict: 'ok', detail: settings };
  const statements = found.map(({ setting }) => `ALTER SYSTEM SET ${setting} = on;`).join(' ');
  return {
    check,
    verdict: found.some(({ verdict }) => verdict === 'failure') ? 'failure' : 'warning',
    detail: `${settings}: ${found.map(({ loss }) => loss).join('; ')}`,
    fix: `In psql: ${statements} SELECT pg_reload_conf();`,
  };
}
