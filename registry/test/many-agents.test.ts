import { limits } from '@agentnet/protocol';
import { pino } from 'pino';
import { beforeAll, expect, test } from 'vitest';
import { list } from '../src/operations/list.js';
import { HelloAbsorber } from '../src/presence/absorb-hellos.js';
import { accountLookups } from '../src/store/account-lookups.js';
import type { Database } from '../src/store/database.js';
import { expireSessions } from '../src/store/sessions.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { receivedAt, useStore } from './harness/records.js';

const agents = 10_000;
const nowMs = Date.parse(receivedAt);

/** Counts what reaches the database. */
function counted(database: Database) {
  const statements = { count: 0 };
  const proxy: Database = {
    kind: database.kind,
    query: (sql, params) => {
      statements.count += 1;
      return database.query(sql, params);
    },
    transaction: (work) => database.transaction(work),
    close: () => database.close(),
  };
  return { proxy, statements };
}

describeOnEachDatabase('10,000 agents', (kind) => {
  const store = useStore(kind);
  const aHello = (n: number) => ({
    session_tag: `tag_${n}`,
    agent_id: `agent_${n}`,
    account_id: `acct_${n}`,
    username: `agent_${n}`,
    profile: { name: `Agent ${n}`, capabilities: ['chat'], metadata: { n } },
    seenAtMs: nowMs,
  });

  beforeAll(async () => {
    await store.database.query(
      `INSERT INTO agent_accounts (account_id, username, display_name)
       SELECT 'acct_' || n, 'agent_' || n, 'Agent' FROM generate_series(0, $1::int - 1) AS n`,
      [agents],
    );
  });

  test('given a hello of each and another one, when flushed, then a statement writes a thousand of them', async () => {
    const { proxy, statements } = counted(store.database);
    const presence = new HelloAbsorber({ database: proxy, serverId: 'r', log: pino({ level: 'silent' }) });
    for (let n = 0; n < agents; n += 1) presence.absorb(aHello(n));
    await presence.flush();
    statements.count = 0;
    for (let round = 0; round < 2; round += 1) for (let n = 0; n < agents; n += 1) presence.absorb(aHello(n));
    await presence.stop();
    expect(statements.count).toBe(agents / 1000);
  });

  test('given all of them, when listed as older clients do, then the first thousand come, and cursors lead to the rest', async () => {
    const presence = new HelloAbsorber({ database: store.database, serverId: 'r', log: store.deps.log });
    const lookups = accountLookups(store.database, () => ({ nowMs: store.deps.now(), cutoffMs: 0 }));
    const deps = { ...store.deps, presence, lookups, announceKeyChange: () => {} };
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const reply = await list(deps, cursor === undefined ? {} : { cursor, strict_cursor: true });
      expect(reply.agents.length).toBeLessThanOrEqual(limits.listLimitMax);
      for (const row of reply.agents) seen.add(row.session_tag ?? '');
      cursor = reply.next_cursor;
    } while (cursor !== undefined);
    expect(seen.size).toBe(agents);
  });

  test('given that all fell silent, when they expire, then one statement marks them', async () => {
    const { proxy, statements } = counted(store.database);
    expect(await expireSessions(proxy, nowMs + 1)).toBe(agents);
    expect(statements.count).toBe(1);
  });
});
