import { expect, test } from 'vitest';
import { threadList } from '../src/operations/thread-list.js';
import { threadMessages } from '../src/operations/thread-messages.js';
import { recordMessages } from '../src/store/messages.js';
import { eraseMessages, pruneThreads } from '../src/store/threads.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { anEnvelope, aRow, useStore } from './harness/records.js';

describeOnEachDatabase('retention of threads', (kind) => {
  const store = useStore(kind);

  test('given an old and a recent thread, when pruned, then dates that senders claim decide nothing', async () => {
    const old = { thread_id: 'prune_old', sent_at: '9999-12-31T00:00:00Z' };
    const fresh = { thread_id: 'prune_fresh', sent_at: '1999-01-01T00:00:00Z' };
    await recordMessages(store.database, [
      aRow(anEnvelope(old), '2026-01-01T00:00:00Z'),
      aRow(anEnvelope(old), '2026-01-02T00:00:00Z'),
      aRow(anEnvelope(fresh), '2026-02-21T08:00:00Z'),
    ]);
    expect(await pruneThreads(store.database, Date.parse('2026-02-01T00:00:00Z'))).toBe(1);
    const left = (await threadList(store.deps, { query: 'prune_' })).results.map((thread) => thread.thread_id);
    expect(left).toEqual(['prune_fresh']);
    expect(await eraseMessages(store.database)).toBe(2);
    const { messages } = await threadMessages(store.deps, { thread_id: 'prune_old' });
    expect(messages).toEqual([]);
  });
});
