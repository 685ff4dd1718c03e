import { startNats } from '@agentnet/contract-tests/harness/nats-server';
import { encodeJson, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import type { NatsConnection } from '@nats-io/nats-core';
import { describe, onTestFinished, test, vi } from 'vitest';
import { tempFolder } from '../temp-folder.js';
import { hasTmux, openTmux } from './tmux.js';

vi.setConfig({ testTimeout: 180_000 });

/** Questions, each of four NATS messages: request, receipt, reply, receipt; as fast as they can be said. */
async function say(connection: NatsConnection, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) {
    const place = { thread_id: `load_${number % 50}`, trace_id: `q${number}`, schema_version: '1.1' };
    const parties = {
      from_agent: 'asker',
      from_account_id: 'acct_asker',
      to_agent: 'acct_knower',
      to_account_id: 'acct_knower',
    };
    const sent = { sent_at: '2026-03-01T12:00:00Z', ttl_ms: 30_000 };
    const reply = subjects.replyInbox('load', `r${number}`);
    const question = {
      ...place,
      ...parties,
      ...sent,
      message_id: `q${number}`,
      kind: 'request',
      payload: { text: `ask ${number}` },
    };
    connection.publish(subjects.accountInbox('acct_knower'), encodeJson(question), { reply });
    const receipt = {
      message_id: `q${number}`,
      from_account_id: 'acct_knower',
      to_account_id: 'acct_asker',
      event_at: sent.sent_at,
    };
    for (const status of ['accepted', 'processed']) {
      connection.publish(subjects.accountReceipts('acct_asker'), encodeJson({ ...receipt, status }));
    }
    const answer = {
      ...question,
      message_id: `a${number}`,
      kind: 'reply',
      parent_message_id: `q${number}`,
      payload: { text: `tell ${number}` },
    };
    connection.publish(reply, encodeJson(answer));
  }
  await connection.flush();
}

describe.skipIf(!hasTmux)('given a network on which very much is said at once', () => {
  test('when it is watched, then everything is counted, a pause loses nothing, and keys go on working', async () => {
    const nats = await startNats({ jetStream: false });
    onTestFinished(() => nats.stop());
    const connection = await connect({ url: nats.url });
    onTestFinished(() => connection.close());
    const folder = await tempFolder();
    const env = { NATS_URL: nats.url, XDG_CONFIG_HOME: folder };
    const terminal = openTmux({ columns: 100, rows: 24, args: ['tui', '--observe'], folder, env });
    onTestFinished(() => terminal.close());
    await terminal.waitFor(/observer ● 127\.0\.0\.1/);
    await say(connection, 0, 1000);
    await terminal.waitFor(/2,?000 messages +0 faults[\s\S]*replied .*ask 999 ⟶ tell 999[\s\S]*following/);
    terminal.press('p');
    await terminal.waitFor(/‖ paused/);
    await say(connection, 1000, 3000);
    await terminal.waitFor(/6,?000 messages[\s\S]*ask 999 ⟶ tell 999[\s\S]*paused +2,?000 new ↓/);
    terminal.press('/');
    terminal.type('ask 7 ');
    terminal.press('Enter', 'G');
    await terminal.waitFor(/replied .*ask 2999 ⟶ tell 2999[\s\S]*following/);
  });
});
