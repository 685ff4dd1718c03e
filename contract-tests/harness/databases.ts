import { describe } from 'vitest';
import { createFolder, createPostgres, type TestDatabase } from './test-database.js';

export type { TestDatabase } from './test-database.js';

export interface DatabaseKind {
  readonly name: 'pglite' | 'postgres';
  /** Whether this machine lacks what it needs. */
  readonly skipped: boolean;
  /** Registries that share it. @default 1 */
  readonly replicas?: number;
  create(): Promise<TestDatabase>;
}

/** Both databases the registry runs on; Postgres needs AGENTNET_TEST_POSTGRES_URL. */
export function databases(): readonly DatabaseKind[] {
  const postgresUrl = process.env['AGENTNET_TEST_POSTGRES_URL'];
  return [
    { name: 'pglite', skipped: false, create: createFolder },
    { name: 'postgres', skipped: !postgresUrl, create: () => createPostgres(postgresUrl ?? '') },
  ];
}

/** Defines the same tests once for each database; those this machine lacks are shown as skipped. */
export function onEachDatabase(group: string, define: (database: DatabaseKind) => void): void {
  for (const database of databases()) defineOn(database, { group, define });
}

/** Likewise, and once more for three registries that share one Postgres. PGlite serves a single process. */
export function onEachDeployment(group: string, define: (database: DatabaseKind) => void): void {
  onEachDatabase(group, define);
  for (const database of databases().filter(({ name }) => name === 'postgres'))
    defineOn({ ...database, replicas: 3 }, { group: `${group} of three registries`, define });
}

interface Group {
  readonly group: string;
  readonly define: (database: DatabaseKind) => void;
}

function defineOn(database: DatabaseKind, { group, define }: Group): void {
  const why = database.skipped ? ' (AGENTNET_TEST_POSTGRES_URL is not set)' : '';
  describe.skipIf(database.skipped)(`${group} on ${database.name}${why}`, () => define(database));
}
