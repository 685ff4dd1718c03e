import {
  type DatabaseKind,
  databases,
  findPostgresPrograms,
  type PostgresCluster,
  startPostgres,
} from '../harness/index.js';

/** The database of one fault. */
export interface Store extends AsyncDisposable {
  readonly kind: DatabaseKind;
  /** The server the fault may stop and kill. @throws Error for PGlite, which is part of the registry */
  cluster(): PostgresCluster;
}

/** Whether this machine can run a Postgres of its own. */
export const hasPostgres = findPostgresPrograms() !== undefined;

export async function openStore(database: 'PGlite' | 'Postgres'): Promise<Store> {
  if (database === 'PGlite') return embedded();
  const cluster = await startPostgres(findPostgresPrograms() ?? '');
  const env = { DATABASE_URL: cluster.url };
  return {
    kind: { name: 'postgres', skipped: false, create: async () => ({ kind: 'postgres', env, drop: async () => {} }) },
    cluster: () => cluster,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

function embedded(): Store {
  const [kind] = databases();
  if (!kind) throw new Error('PGlite is always there');
  return {
    kind,
    cluster() {
      throw new Error('PGlite has no server of its own');
    },
    async [Symbol.asyncDispose]() {},
  };
}
