import { encodeJson, nowTimestamp, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { beforeAll, describe, test, vi } from 'vitest';
import { eventually } from '../eventually.js';
import { demoTerminals } from './demo-terminals.js';
import { hasTmux } from './tmux.js';

// The built-in database takes seconds to make, and every key goes through three processes.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const threads = 120;
const messages = 250;
const name = (prefix: string, index: number) => `${prefix}_${String(index).padStart(3, '0')}`;

describe.skipIf(!hasTmux)('given more on record than fits on two pages', () => {
  const { network, open } = demoTerminals();

  beforeAll(async () => {
    const connection = await connect({ url: network().natsUrl });
    const begun = Date.now();
    const say = (threadId: string, index: number) => {
      const message = {
        message_id: name(threadId, index),
        from_account_id: 'acct_of_pages',
        to_account_id: 'acct_nobody',
        kind: 'direct',
        schema_version: '1.1',
        payload: { text: `said ${index}` },
        sent_at: nowTimestamp(begun + index),
        ttl_ms: 30_000,
        thread_id: threadId,
        trace_id: threadId,
      };
      connection.publish(subjects.accountInbox('acct_nobody'), encodeJson(message));
    };
    for (let index = 0; index < threads; index++) say(name('page', index), index);
    for (let index = 0; index < messages; index++) say('long_one', index);
    await connection.flush();
    await connection.close();
    await eventually(async () => {
      const { message_count } = await network().json('thread-status', '--thread-id', 'long_one');
      return message_count === messages || undefined;
    }, 60_000);
  });

  test('when the end of the list is passed, then page after page comes, and the oldest thread opens', async () => {
    const terminal = open();
    await terminal.waitFor(/● 127\.0\.0\.1/);
    terminal.press('3', '/');
    await terminal.waitFor(/^filter: /m);
    terminal.type('page_');
    terminal.press('Enter');
    await terminal.waitFor(/Threads › page_[\s\S]*❯ page_119[\s\S]*50 threads, and more/);
    terminal.press('G');
    await terminal.waitFor(/❯ page_070[\s\S]*100 threads, and more/);
    terminal.press('G');
    await terminal.waitFor(/❯ page_020[\s\S]*120 threads/);
    terminal.press('G');
    await terminal.waitFor(/❯ page_000[\s\S]*120 threads/);
    terminal.press('Enter');
    await terminal.waitFor(/page_000 › transcript[\s\S]*said 0[\s\S]*1\/1/);
  });

  test('when messages are searched in the command bar, then page after page of them comes', async () => {
    const terminal = open();
    await terminal.waitFor(/● 127\.0\.0\.1/);
    terminal.press(':');
    terminal.type('message-search thread:long_one');
    terminal.press('Enter');
    await terminal.waitFor(/Watch › message-search thread:long_one[\s\S]*SENT[\s\S]*said 249/);
    terminal.press('G');
    await terminal.waitFor(/said 200.*\nSENT/);
    terminal.press('G');
    await terminal.waitFor(/said 151[\s\S]*said 150/);
  });

  test('when a long thread is gone through backwards, then page after page comes and the place is kept', async () => {
    const terminal = open();
    await terminal.waitFor(/● 127\.0\.0\.1/);
    terminal.press(':');
    terminal.type('thread-messages long_one');
    terminal.press('Enter');
    await terminal.waitFor(/said 249[\s\S]*100\/100/);
    terminal.press('g');
    await terminal.waitFor(/said 150[\s\S]*101\/200/);
    terminal.press('g');
    await terminal.waitFor(/said 50[\s\S]*51\/250/);
    terminal.press('g');
    await terminal.waitFor(/said 0\b[\s\S]*1\/250/);
    terminal.press('G');
    await terminal.waitFor(/said 249[\s\S]*250\/250/);
  });
});
