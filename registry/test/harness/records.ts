import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { readCaptured } from '../../src/history/read-captured.js';
import { RegistryMetrics } from '../../src/metrics/registry-metrics.js';
import { resolveOptions } from '../../src/options.js';
import { type Database, openDatabase } from '../../src/store/database.js';
import { type NewMessage, recordMessages } from '../../src/store/messages.js';
import type { DatabaseKind, TestDatabase } from './databases.js';

export const receivedAt = '2026-02-21T08:00:00Z';

/** An envelope as an agent sends it. */
export function anEnvelope(fields: object = {}): Record<string, unknown> {
  const id = randomUUID().replaceAll('-', '');
  return {
    message_id: id,
    from_agent: 'alice',
    to_agent: 'acct_bob',
    payload: { text: 'hi' },
    sent_at: '2026-02-21T08:00:00Z',
    kind: 'direct',
    schema_version: '1.1',
    from_account_id: 'acct_alice',
    to_account_id: 'acct_bob',
    ttl_ms: 30_000,
    expires_at: '2026-02-21T08:00:30Z',
    trace_id: id,
    thread_id: 'thread_1',
    ...fields,
  };
}

/** The row that the history makes of an envelope, or of its text. */
export function aRow(envelope: object | string, received = receivedAt): NewMessage {
  const captured = {
    captureId: randomUUID(),
    subject: 'account.acct_bob.inbox',
    body: Buffer.from(typeof envelope === 'string' ? envelope : JSON.stringify(envelope)),
    receivedAt: received,
    done: () => {},
  };
  const reading = readCaptured(captured, 4);
  if (reading.kind !== 'message') throw new Error(`not a message: ${JSON.stringify(reading)}`);
  return reading.message;
}

export interface Store {
  readonly database: Database;
  readonly kind: DatabaseKind;
  readonly test: TestDatabase;
  /** What an operation gets from the registry. */
  readonly deps: ReturnType<typeof operationDeps>;
  record(...envelopes: (object | string)[]): Promise<number>;
}

/** An open, migrated database for the tests of one describe block. */
export function useStore(kind: DatabaseKind): Store {
  const store = { kind } as { -readonly [K in keyof Store]: Store[K] };
  beforeAll(async () => {
    store.test = await kind.create();
    store.database = await openDatabase(store.test.options);
    store.deps = operationDeps(store.database);
  });
  afterAll(async () => {
    await store.database.close();
    await store.test.drop();
  });
  store.record = (...envelopes) =>
    recordMessages(
      store.database,
      envelopes.map((envelope) => aRow(envelope)),
    );
  return store;
}

export function operationDeps(database: Database) {
  const config = resolveOptions({ natsUrl: 'nats://127.0.0.1', database: { kind: 'pglite', dataDir: 'memory://' } });
  return {
    database,
    config,
    now: () => Date.parse(receivedAt),
    log: pino({ level: 'silent' }),
    metrics: new RegistryMetrics(32),
  };
}
