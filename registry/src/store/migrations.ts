import { readdir, readFile } from 'node:fs/promises';
import type { Database } from './database.js';

/** The same folder from the source and from the compiled file; SQL is not compiled. */
const folder = new URL('../../src/store/migrations/', import.meta.url);

/** Any number, the same in every registry: two that start at once take turns. */
const advisoryLock = 7_220_318;

/** Applies the SQL files that this database has not seen, in the order of their numbers, all or none. */
export async function applyMigrations(database: Database): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock]);
    await tx.query(
      'CREATE TABLE IF NOT EXISTS agent_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const rows = await tx.query<{ name: string }>('SELECT name FROM agent_migrations');
    const applied = new Set(rows.map((row) => row.name));
    const missing = names.filter((name) => !applied.has(name));
    for (const name of missing) {
      await tx.query(await readFile(new URL(name, folder), 'utf8'));
      await tx.query('INSERT INTO agent_migrations (name) VALUES ($1)', [name]);
    }
    return missing;
  });
}
