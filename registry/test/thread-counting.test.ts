import { is, limits } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { threadList } from '../src/operations/thread-list.js';
import { threadMessages } from '../src/operations/thread-messages.js';
import { threadStatus } from '../src/operations/thread-status.js';
import { describeOnEachDatabase } from './harness/databases.js';
import { onTheWire } from './harness/on-the-wire.js';
import { anEnvelope, useStore } from './harness/records.js';

describeOnEachDatabase('counting the messages of threads', (kind) => {
  const store = useStore(kind);

  test('given three messages both ways, when the status is read, then it counts them all', async () => {
    await store.record(
      anEnvelope({ thread_id: 'count', sent_at: '2026-02-21T07:00:00Z', payload: { text: 'yo' } }),
      anEnvelope({ thread_id: 'count', from_account_id: 'acct_bob', to_account_id: 'acct_alice', payload: 'hé' }),
    );
    await store.record(anEnvelope({ thread_id: 'count', to_account_id: 'acct_Zoe', payload: null }));
    const status = await threadStatus(store.deps, { thread_id: ' count ' });
    expect(status).toEqual({
      thread_id: 'count',
      created_by_account_id: 'acct_alice',
      participants: ['acct_Zoe', 'acct_alice', 'acct_bob'],
      created_at: '2026-02-21T08:00:00Z',
      updated_at: '2026-02-21T08:00:00Z',
      message_count: 3,
      byte_count: 14 + 9 + 4,
      approx_tokens: 4 + 3 + 1,
      latest_checkpoint_end: 0,
      last_message_at: '2026-02-21T08:00:00Z',
      status: 'ok',
      pending_messages: 3,
      soft_limit_tokens: limits.threadSoftLimitTokens,
      hard_limit_tokens: limits.threadHardLimitTokens,
      thread_keep_tail_messages: limits.threadKeepTailMessages,
      token_estimate_chars_per_token: limits.tokenEstimateCharsPerToken,
      generated_at: '2026-02-21T08:00:00.000Z',
    });
    expect(is('ThreadStatusReply', status)).toBe(true);
  });

  test('given a first message without a sender, when others follow in its batch or in the next, then the thread has no creator', async () => {
    const nobodys = (thread_id: string) => anEnvelope({ thread_id, from_account_id: null });
    await store.record(nobodys('apart'));
    await store.record(anEnvelope({ thread_id: 'apart' }), nobodys('together'), anEnvelope({ thread_id: 'together' }));
    for (const thread_id of ['apart', 'together'])
      expect(await threadStatus(store.deps, { thread_id })).toMatchObject({
        created_by_account_id: null,
        message_count: 2,
      });
  });

  test('given one envelope three times, when recorded in one batch and in two, then it counts once', async () => {
    const envelope = anEnvelope({ thread_id: 'once' });
    expect(await store.record(envelope, envelope)).toBe(1);
    expect(await store.record(envelope)).toBe(0);
    expect((await threadStatus(store.deps, { thread_id: 'once' })).message_count).toBe(1);
  });

  test('given an id again with another thread and payload, then the first content stays and no thread appears', async () => {
    const first = anEnvelope({ thread_id: 'kept', payload: 'first' });
    const forged = { ...first, thread_id: 'phantom', payload: 'forged' };
    await store.record(first, forged);
    await store.record(forged);
    const { messages } = onTheWire(await threadMessages(store.deps, { thread_id: 'kept' }));
    expect(messages.map((row) => row.payload)).toEqual(['first']);
    await expect(threadStatus(store.deps, { thread_id: 'phantom' })).rejects.toThrow('not_found');
  });

  test('given checkpoints, when the thread has 9 messages, then pending counts from the highest', async () => {
    const texts = Array.from({ length: 8 }, () => anEnvelope({ thread_id: 'checked' }));
    const checkpoint = (coversEnd: unknown) =>
      anEnvelope({ thread_id: 'checked', payload: { type: ' CheckPoint ', covers_end: coversEnd } });
    await store.record(...texts, checkpoint('7'));
    await store.record(checkpoint(3));
    const status = await threadStatus(store.deps, { thread_id: 'checked' });
    expect(status).toMatchObject({ latest_checkpoint_end: 7, pending_messages: 3, message_count: 10 });
  });

  test('given two writers, when they record overlapping batches side by side, then every count is exact', async () => {
    const envelopes = Array.from({ length: 300 }, (_, index) => anEnvelope({ thread_id: `side_${index % 7}` }));
    const batch = (from: number, to: number) => store.record(...envelopes.slice(from, to));
    const written = await Promise.all([batch(0, 200), batch(100, 300), batch(50, 250), batch(0, 300)]);
    expect(written.reduce((sum, count) => sum + count, 0)).toBe(300);
    const { results } = await threadList(store.deps, { query: 'side_', limit: 100 });
    expect(results.reduce((sum, thread) => sum + thread.message_count, 0)).toBe(300);
  });
});
