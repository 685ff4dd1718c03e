import { readdirSync, readFileSync } from 'node:fs';
import type { Queryable } from '../../src/store/database.js';

const migrations = new URL('../../src/store/migrations/', import.meta.url);
const statements = new URL('../old-versions/', import.meta.url);

/** Every version of the tables there ever was, oldest first, by its last migration. */
export const versions: readonly string[] = readdirSync(migrations)
  .filter((name) => name.endsWith('.sql'))
  .sort();

/** Makes the tables as the registry of that version left them. */
export async function makeTablesOf(version: string, db: Queryable): Promise<void> {
  await db.query(
    'CREATE TABLE agent_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  for (const name of versions.filter((one) => one <= version)) {
    await db.query(readFileSync(new URL(name, migrations), 'utf8'));
    await db.query('INSERT INTO agent_migrations (name) VALUES ($1)', [name]);
  }
}

/** Writes what a registry of that version writes, with its own statements, about the agent number `n`. */
export async function writeAs(version: string, db: Queryable, n: number): Promise<void> {
  const kept = readdirSync(statements).sort();
  for (const name of kept.filter((one) => one <= version)) {
    const text = readFileSync(new URL(name, statements), 'utf8')
      .replaceAll('{n}', String(n))
      .replaceAll('{now}', new Date().toISOString());
    for (const statement of text.split(/;\n+/).filter((one) => one.trim() !== '')) await db.query(statement);
  }
}
