import { encodeJson, nowTimestamp, RegistryClient, subjects } from '@agentnet/protocol';
import { connect, natsTransport } from '@agentnet/sdk/transport';
import stringWidth from 'string-width';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { demoTerminals } from './demo-terminals.js';
import { hasTmux, type TmuxTerminal } from './tmux.js';

// The built-in database takes seconds to make, and every key goes through three processes.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** A window title, the clipboard, blinking, an emptied scrollback, a device string, the mouse, and writing from right to left. */
const evil =
  '\u001b]0;owned\u0007\u001b]52;c;aGk=\u0007\u001b[5mbli\u001b[3Jnk\u001bPq#0\u001b\\\u001b[?1003h\u009b5m\u202eevil\u200b\u2066';
const harmless = 'blinkevil';

/** All the escape sequences the full screen itself has a use for. */
const ownSequences = new RegExp(
  `${'\u001b'}\\[(?:(?:0|1|2|22|31|32|33|36|37|39|41|49)m|\\d*[ABCDEFGHK]|2?J|\\?(?:25|1049|2004|2026)[hl])`,
  'g',
);

/** Whatever is left is letters and the ends of lines. */
function foreignIn(painted: string): string[] {
  return painted.replaceAll(ownSequences, '').match(/(?![\r\n])[\p{Cc}\p{Cf}]/gu) ?? [];
}

describe.skipIf(!hasTmux)('given a network with somebody hostile in it', () => {
  const { network, open } = demoTerminals();

  async function opened(): Promise<TmuxTerminal> {
    const terminal = open({ columns: 120 });
    await terminal.waitFor(/● 127\.0\.0\.1/);
    return terminal;
  }

  test('when its names and profile are looked at, then nothing of them reaches the terminal but letters', async () => {
    const connection = await connect({ url: network().natsUrl });
    onTestFinished(() => connection.close());
    const registry = new RegistryClient(natsTransport(connection));
    const about = { agent_id: 'hostile', name: evil, metadata: { note: evil, [evil]: 1 }, capabilities: ['calm'] };
    const { session_tag } = await registry.register({ ...about, username: 'hostile' });
    registry.hello({ ...about, session_tag });
    const terminal = await opened();
    terminal.press('4');
    await terminal.waitFor(new RegExp(`@hostile +${harmless}`));
    terminal.press('/');
    terminal.type('hostile');
    terminal.press('Enter', 'Enter');
    await terminal.waitFor(/Agents › hostile › @hostile[\s\S]*metadata[\s\S]*\\u001b/);
    terminal.press('c');
    await terminal.waitFor(/─ to @hostile/);
    expect(foreignIn(terminal.painted())).toEqual([]);
  });

  test('when it speaks, then Watch, the opened message and the thread show letters', async () => {
    const terminal = await opened();
    const connection = await connect({ url: network().natsUrl });
    onTestFinished(() => connection.close());
    const message = {
      message_id: `m${evil}`,
      from_agent: evil,
      to_agent: evil,
      kind: `kind${evil}`,
      schema_version: '1.1',
      payload: { text: evil, [evil]: evil },
      sent_at: nowTimestamp(Date.now()),
      ttl_ms: 30_000,
      thread_id: 'thread_of_evil',
      trace_id: evil,
    };
    connection.publish(subjects.accountInbox('acct_victim'), encodeJson(message));
    connection.publish(subjects.accountReceipts('acct_victim'), evil);
    await terminal.waitFor(new RegExp(`kind.* ${harmless} +${harmless} +${harmless}`));
    terminal.press('Enter');
    await terminal.waitFor(new RegExp(`thread +thread_of_evil[\\s\\S]*${harmless}`));
    terminal.press('t');
    await terminal.waitFor(new RegExp(`thread_of_evil › transcript[\\s\\S]*${harmless}`));
    terminal.press('d');
    await terminal.waitFor(/thread_of_evil › diagram/);
    expect(foreignIn(terminal.painted())).toEqual([]);
  });

  test('when it answers in a chat, in one piece, in parts and with an error, then letters come', async () => {
    async function* parts() {
      for (const character of evil) yield character;
    }
    await network().agent({ agentId: 'snake', username: 'snake' }, async ({ payload }, { reply, stream }) => {
      const { text = '' } = payload as { text?: string };
      if (text === 'parts') return void (await stream(parts()));
      if (text === 'error') throw new Error(evil);
      reply({ text: evil });
    });
    const terminal = await opened();
    terminal.press('2');
    terminal.type('@snake whole');
    terminal.press('Enter');
    await terminal.waitFor(new RegExp(`● @snake[^\\n]*\\n +${harmless}`));
    terminal.type('parts');
    terminal.press('Enter');
    await terminal.waitFor(new RegExp(`parts\\n● @snake[^\\n]*\\n +${harmless}`));
    terminal.type('error');
    terminal.press('Enter');
    await terminal.waitFor(/✗ you → @snake[^\n]*failed[^\n]*\n +error\n +\[/);
    expect(foreignIn(terminal.painted())).toEqual([]);
  });

  test('when names are wide, then the columns behind them stand where they stand in every row', async () => {
    await network().agent({ agentId: 'wide', username: 'wide', name: '漢字の名前🙂한글' }, () => undefined);
    const terminal = await opened();
    terminal.press('4');
    const shown = await terminal.waitFor(/@wide +漢字の名前🙂한글 [^\n]*claimed/);
    const places = shown
      .split('\n')
      .filter((line) => line.includes('· claimed'))
      .map((line) => stringWidth(line.slice(0, line.indexOf('· claimed'))));
    expect(places.length).toBeGreaterThan(2);
    expect(new Set(places).size).toBe(1);
  });

  test('when many lines are pasted, then they are one draft: nothing in them is sent or obeyed', async () => {
    const terminal = await opened();
    terminal.press('2');
    terminal.type('@echo ');
    terminal.paste('first 漢字\n/quit\n\tlast');
    await terminal.waitFor(/❯ @echo first 漢字\n +\/quit\n +last▏/);
    const shown = terminal.screen();
    expect(shown).not.toContain('you →');
    expect(shown.match(/^Chat ›/gm)).toHaveLength(1);
    terminal.press('Enter');
    await terminal.waitFor(/● @echo[^\n]*\n +first 漢字\n +\/quit\n +last/);
  });
});
