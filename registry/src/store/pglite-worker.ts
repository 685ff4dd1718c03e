import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { readyId, type WorkerFailure, type WorkerReply, type WorkerRequest } from './pglite-protocol.js';

/** Object id of bigint in pg_type. */
const int8 = 20;

const port = parentPort;
if (!port) throw new Error('pglite-worker is started by pglite.ts, not by hand');
const database = await PGlite.create(workerData as string, { parsers: { [int8]: Number } });
const answer = (reply: WorkerReply) => port.postMessage(reply);

let last = Promise.resolve();
port.on('message', (request: WorkerRequest) => {
  last = last.then(() => serve(request));
});
answer({ id: readyId, rows: [] });

async function serve({ id, sql, params }: WorkerRequest): Promise<void> {
  if (sql === undefined) {
    await database.close();
    answer({ id, rows: [] });
    port?.close();
    return;
  }
  try {
    answer({ id, rows: await run(sql, params) });
  } catch (cause) {
    answer({ id, failure: describe(cause) });
    // After a trap the WebAssembly memory is not to be trusted; the registry's thread opens the folder again.
    if (cause instanceof Error && cause.name === 'RuntimeError') process.exit(1);
  }
}

async function run(sql: string, params?: readonly unknown[]): Promise<unknown[]> {
  const result =
    params && params.length > 0 ? await database.query(sql, [...params]) : (await database.exec(sql)).at(-1);
  // PGlite loses a few errors, an exhausted stack for one, and then returns nothing at all.
  if (result?.command === undefined) throw new Error('the database gave no answer to the statement');
  return result.rows;
}

function describe(cause: unknown): WorkerFailure {
  if (!(cause instanceof Error)) return { message: String(cause) };
  const { code } = cause as Error & { code?: unknown };
  return { message: cause.message, ...(typeof code === 'string' && { code }) };
}
