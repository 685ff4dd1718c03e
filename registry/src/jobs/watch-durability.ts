import type { StoreDurability } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { readDurability } from '../store/read-durability.js';
import { repeat } from './repeat.js';

export interface DurabilityWatch {
  /** What the database last told; undefined as long as it has not. Read from memory, so that metrics answer while the database is away. */
  told(): StoreDurability | undefined;
  stop(): Promise<void>;
}

/** Reads the database's durability settings now and every `gcIntervalSeconds`: an operator can change them while the registry runs. */
export async function watchDurability({
  database,
  config,
  log,
}: Pick<RegistryDeps, 'database' | 'config' | 'log'>): Promise<DurabilityWatch> {
  let last: StoreDurability | undefined;
  const read = async () => {
    last = await readDurability(database, config.database);
  };
  const onError = (err: unknown) => log.warn({ event: 'durability_unknown', err }, 'trying again at the next interval');
  await read().catch(onError);
  const repetition = repeat(read, { intervalMs: config.gcIntervalSeconds * 1000, onError });
  return { told: () => last, stop: () => repetition.stop() };
}
