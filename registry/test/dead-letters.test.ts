import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { limits } from '@agentnet/protocol';
import { expect, test } from 'vitest';
import { parseDeadLetterCommand, runDeadLetterCommand } from '../src/history/dead-letter-command.js';
import { threadMessages } from '../src/operations/thread-messages.js';
import { countDeadLetters, type DeadLetter, keepDeadLetters, pruneDeadLetters } from '../src/store/dead-letters.js';
import { describeOnEachDatabase, describeOnPostgres } from './harness/databases.js';
import { countIn } from './harness/histories.js';
import { anEnvelope, receivedAt, useStore } from './harness/records.js';

const mainFile = new URL('../dist/main.js', import.meta.url).pathname;

function aLetter(dead_letter_id: string, body: object | string | Uint8Array): DeadLetter {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    dead_letter_id,
    subject: 'account.acct_bob.inbox',
    body: body instanceof Uint8Array ? body : Buffer.from(text),
    reason: 'database_refused',
    detail: 'why',
    received_at: receivedAt,
  };
}

describeOnEachDatabase('dead letters', (kind) => {
  const store = useStore(kind);

  async function run(...words: string[]): Promise<Record<string, unknown>[]> {
    const lines: object[] = [];
    const command = parseDeadLetterCommand(words);
    if (!command) throw new Error(`no command: ${words}`);
    await runDeadLetterCommand(store.deps, command, (line) => lines.push(line));
    return lines as Record<string, unknown>[];
  }

  test('given letters that can be read by now and one that cannot, when retried, then those are recorded and this one stays [history.dead-letter.retry]', async () => {
    const letters = [aLetter('1', anEnvelope({ thread_id: 'saved', message_id: 'saved' })), aLetter('2', '{bad')];
    expect(await keepDeadLetters(store.database, letters)).toEqual({ kept: ['1', '2'], refused: 0 });
    expect(await keepDeadLetters(store.database, letters)).toEqual({ kept: [], refused: 0 });
    expect(await run('retry')).toMatchObject([
      { dead_letter_id: '1', recorded: true },
      { dead_letter_id: '2', recorded: false, reason: 'undecodable', attempts: 2 },
    ]);
    await run('retry', '2');
    expect(await run('list')).toMatchObject([
      {
        dead_letter_id: '2',
        reason: 'undecodable',
        attempts: 3,
        body_bytes: 4,
        body_start: '{bad',
        received_at: receivedAt,
      },
    ]);
    expect(await countIn(store, 'saved')).toBe(1);
    expect(await run('discard', 'all')).toEqual([{ discarded: 1 }]);
  });

  test('given a reply that stands for receipts, when its letter is retried, then they are recorded, too [history.receipts.with-reply]', async () => {
    await store.record(anEnvelope({ thread_id: 'answered', message_id: 'asked', kind: 'request' }));
    const answer = {
      from_account_id: 'acct_bob',
      to_account_id: 'acct_alice',
      kind: 'reply',
      parent_message_id: 'asked',
    };
    const reply = anEnvelope({ thread_id: 'answered', message_id: 'answer', ...answer, parent_status: 'processed' });
    await keepDeadLetters(store.database, [aLetter('5', reply)]);
    expect(await run('retry', '5')).toMatchObject([{ recorded: true }]);
    const { messages } = await threadMessages(store.deps, { thread_id: 'answered' });
    expect(messages.find(({ message_id }) => message_id === 'asked')).toMatchObject({
      status: 'processed',
      accepted_at: receivedAt,
      processed_at: receivedAt,
    });
  });

  test('given a letter that the database still refuses, when retried, then it stays with the new reason', async () => {
    await store.database.query(`ALTER TABLE agent_messages ADD CONSTRAINT refuses CHECK (from_agent <> 'cursed')`);
    await keepDeadLetters(store.database, [aLetter('3', anEnvelope({ thread_id: 'cursed', from_agent: 'cursed' }))]);
    expect(await run('retry', '3')).toMatchObject([{ recorded: false, reason: 'database_refused' }]);
    await store.database.query('ALTER TABLE agent_messages DROP CONSTRAINT refuses');
    expect(await run('retry', '3')).toMatchObject([{ recorded: true }]);
    expect(await countIn(store, 'cursed')).toBe(1);
  });

  test('given a body beyond the largest message, then its start is kept and a retry says that it cannot be read', async () => {
    await keepDeadLetters(store.database, [aLetter('4', new Uint8Array(limits.messageMaxBytes + 5))]);
    expect(await run('retry', '4')).toMatchObject([{ recorded: false, reason: 'too_large' }]);
    expect(await run('list', '4')).toMatchObject([{ body_bytes: limits.messageMaxBytes + 5 }]);
    expect(await pruneDeadLetters(store.database, Date.parse(receivedAt) + 1)).toBe(1);
  });

  test('given as many letters as may be kept, then further ones are refused and counted [history.dead-letter.bounded]', async () => {
    await store.database.query(
      `INSERT INTO agent_dead_letters (dead_letter_id, subject, body, reason, detail, received_at)
       SELECT 'full' || n, 's', '', 'invalid', '', now() FROM generate_series(2, $1::integer) AS n`,
      [limits.deadLettersMax],
    );
    const kept = await keepDeadLetters(store.database, [aLetter('5', 'x'), aLetter('6', 'x'), aLetter('7', 'x')]);
    expect(kept).toEqual({ kept: ['5'], refused: 2 });
    expect(await countDeadLetters(store.database)).toBe(limits.deadLettersMax);
  });
});

test('given words that are no command, or a discard of nothing in particular, then there is no command', () => {
  expect(parseDeadLetterCommand(['drop'])).toBeUndefined();
  expect(parseDeadLetterCommand(['discard'])).toBeUndefined();
  expect(parseDeadLetterCommand(['retry'])).toEqual({ action: 'retry', ids: undefined });
});

describeOnPostgres('the dead-letters command', (kind) => {
  const store = useStore(kind);

  test('given a letter, when the program is asked, then it lists and discards it', async () => {
    await keepDeadLetters(store.database, [aLetter('9', '{bad')]);
    const { options } = store.test;
    const env = { ...process.env, DATABASE_URL: options.kind === 'postgres' ? options.url : '' };
    const main = async (...words: string[]) =>
      JSON.parse((await promisify(execFile)(process.execPath, [mainFile, 'dead-letters', ...words], { env })).stdout);
    expect(await main('list')).toMatchObject({ dead_letter_id: '9' });
    expect(await main('discard', '9')).toEqual({ discarded: 1 });
    await expect(main('drop')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('agentnet-registry dead-letters list|retry'),
    });
  });
});
