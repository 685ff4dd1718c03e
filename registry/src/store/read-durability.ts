import type { StoreDurability } from '@agentnet/protocol';
import type { Database, DatabaseOptions } from './database.js';

interface Settings {
  version: string;
  fsync: boolean;
  synchronous_commit: string;
  full_page_writes: boolean;
}

/** What the database promises for committed rows, by the settings that hold for this registry's connections. */
export async function readDurability(database: Database, options: DatabaseOptions): Promise<StoreDurability> {
  const [settings] = await database.query<Settings>(`
    SELECT current_setting('server_version') AS version,
      current_setting('fsync')::boolean AS fsync,
      current_setting('synchronous_commit') AS synchronous_commit,
      current_setting('full_page_writes')::boolean AS full_page_writes`);
  if (!settings) throw new Error('the database does not tell its settings');
  return { engine: engineOf(options), ...settings };
}

function engineOf(options: DatabaseOptions): string {
  if (options.kind === 'postgres') return 'postgres';
  return options.dataDir.startsWith('memory://') ? 'memory' : 'pglite';
}
