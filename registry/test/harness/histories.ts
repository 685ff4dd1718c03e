import { randomUUID } from 'node:crypto';
import { connect } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type RunningHistory, startHistory } from '../../src/history/index.js';
import { type NatsServer, startNatsServer } from './nats-server.js';
import { operationDeps, type Store } from './records.js';

export interface Setting {
  nats: NatsServer;
  agent: NatsConnection;
  histories: RunningHistory[];
  connections: NatsConnection[];
}

/** One NATS server and an agent's connection; every history that a test starts is stopped after it. */
export function useNats({ jetstream = true } = {}): Setting {
  const setting = { histories: [], connections: [] } as unknown as Setting;
  beforeAll(async () => {
    // A token of its own: a client of another test that lost its server must not come to this one.
    setting.nats = await startNatsServer({ token: randomUUID(), jetstream });
    setting.agent = await connect({ url: setting.nats.url });
  });
  afterEach(async () => {
    await Promise.all(setting.histories.splice(0).map((history) => history.stop()));
    await Promise.all(setting.connections.splice(0).map((connection) => connection.close()));
  });
  afterAll(async () => {
    await setting.agent.close();
    await setting.nats.stop();
  });
  return setting;
}

export type HistoryChanges = Partial<Parameters<typeof startHistory>[0]>;

export async function startOn(
  setting: Setting,
  store: Pick<Store, 'database'>,
  deps: HistoryChanges = {},
): Promise<RunningHistory> {
  const connection = await connect({ url: setting.nats.url, inboxPrefix: '_REG' });
  setting.connections.push(connection);
  const history = await startHistory({ ...operationDeps(store.database), connection, ackWaitMs: 2000, ...deps });
  setting.histories.push(history);
  return history;
}

export const publish = (setting: Setting, subject: string, envelope: object | string | Uint8Array) =>
  setting.agent.publish(
    subject,
    typeof envelope === 'string' || envelope instanceof Uint8Array ? envelope : JSON.stringify(envelope),
  );

export async function countIn(store: Store, threadId: string): Promise<number> {
  const sql = 'SELECT message_count FROM agent_threads WHERE thread_id = $1';
  return (await store.database.query<{ message_count: number }>(sql, [threadId]))[0]?.message_count ?? 0;
}
