import type { NatsConnection } from '@nats-io/nats-core';
import type { RegistryDeps } from '../deps.js';
import type { RunningHistory } from '../history/index.js';
import type { HealthChecks } from './health.js';
import { prometheusText } from './prometheus.js';

export interface Checked {
  readonly deps: RegistryDeps;
  readonly history: RunningHistory;
  readonly connection: NatsConnection;
}

const NATS_PROBE_TIMEOUT_MS = 1000;

/** A registry is ready when its three legs stand: NATS, the database, the history writer. */
export function healthChecks({ deps, history, connection }: Checked): HealthChecks {
  return {
    alive: () => !connection.isClosed(),
    async unready() {
      const checks = await Promise.all([
        reasonUnless('database', async () => {
          await deps.database.query('SELECT 1');
        }),
        reasonUnless('nats', async () => {
          await withTimeout(connection.rtt());
        }),
      ]);
      const reasons = checks.filter((reason) => reason !== undefined);
      return history.isAlive() ? reasons : [...reasons, 'history writer is not running'];
    },
    degraded: () => history.degraded(),
    metrics: () =>
      prometheusText({
        serverId: deps.config.serverId,
        metrics: deps.metrics,
        writeQueue: history.metrics(),
        history: history.state(),
      }),
  };
}

/** A probe's failure is its result: whatever it throws says that this leg is not there. */
async function reasonUnless(leg: string, probe: () => Promise<void>): Promise<string | undefined> {
  try {
    await probe();
    return undefined;
  } catch (cause) {
    return `${leg} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

async function withTimeout(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${NATS_PROBE_TIMEOUT_MS} ms`)), NATS_PROBE_TIMEOUT_MS);
  });
  await Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
