import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type DemoNetwork, startDemoNetwork } from '../demo-network.js';
import { eventually } from '../eventually.js';
import { hearGoodbyes } from '../goodbye.js';
import { tmuxShell } from '../tmux.js';

// The built-in database takes seconds to make, longer on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

let network: DemoNetwork;

beforeAll(async () => {
  network = await startDemoNetwork();
});
afterAll(() => network.stop());

const shell = (env: Record<string, string> = {}) => tmuxShell({ NATS_URL: network.natsUrl, ...env });

describe('given a terminal', () => {
  test('when a command waits, then a spinner turns on the error stream, also while the output is piped on, and goes without a trace', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => {
      silent.close();
    });
    const { port } = silent.address() as { port: number };
    const bash = await shell({ NATS_URL: `nats://127.0.0.1:${port}` });
    await bash.type('agentnet list --timeout 4 | cat; echo "ended $?"');
    await bash.press('Enter');
    await bash.screen(/^\S Asking the registry/m);
    expect(await bash.screen(/ended 0/)).not.toContain('Asking the registry');
  });

  test('when it has 80 columns, then tables fit it, with names for accounts, and what is piped on is whole', async () => {
    await network.run(['send', '--to-username', 'echo', '--thread-id', 'narrow_1', JSON.stringify('w'.repeat(60))]);
    await eventually(async () => {
      const { messages } = await network.json('thread-messages', '--thread-id', 'narrow_1');
      return messages.length > 0 || undefined;
    });
    const bash = await shell();
    await bash.resize(80);
    await bash.type('clear; agentnet list; agentnet thread-messages --thread-id narrow_1; echo "ended $?"');
    await bash.press('Enter');
    const shown = await bash.screen(/ended 0/);
    expect(shown).toMatch(/^@echo .* acct_\w{26} +\d\d-\d\d \d\d:\d\d:\d\d$/m);
    expect(shown).toMatch(/^\d\d-\d\d \d\d:\d\d:\d\d +direct +\S+ +@echo +"w+… +\S+…$/m);
    const { output } = await network.run(['thread-messages', '--thread-id', 'narrow_1']);
    expect(output).toMatch(/^20\S+Z +direct +acct_\w{26} +acct_\w{26} +"w{60}" +\w{32}$/m);
  });

  test('when something fails, then the error is coloured, but not with NO_COLOR', async () => {
    const red = '\u001b[31merror:';
    const coloured = await shell();
    await coloured.type('agentnet request --to-username nobody 1');
    await coloured.press('Enter');
    await coloured.screen(/error: \[not_found\]/);
    expect(await coloured.painted()).toContain(red);
    const plain = await shell({ NO_COLOR: '1' });
    await plain.type('agentnet request --to-username nobody 1');
    await plain.press('Enter');
    await plain.screen(/error: \[not_found\]/);
    expect(await plain.painted()).not.toContain('\u001b[31m');
  });

  test('when chatting, then each line has a prompt and an answer, and Ctrl-C gives the shell back', async () => {
    const bash = await shell();
    await bash.type('agentnet chat --to-username echo --thread-id tty_1');
    await bash.press('Enter');
    await bash.screen(/in thread tty_1 with @echo[\s\S]*›$/m);
    await bash.type('größer 世界');
    await bash.press('Enter');
    await bash.screen(/› größer 世界\ngrößer 世界\n›/);
    await bash.press('C-c');
    await bash.type('; echo "ended $?"');
    await bash.press('Enter');
    await bash.screen(/^ready>/m);
    await bash.type('echo "alive $((40 + 2))"');
    await bash.press('Enter');
    await bash.screen(/alive 42/);
  });

  test('when an answer does not come, then the first Ctrl-C gives it up and the chat goes on', async () => {
    await network.agent({ agentId: 'mute', username: 'mute' }, () => new Promise(() => undefined));
    const bash = await shell();
    await bash.type('agentnet chat --to-username mute');
    await bash.press('Enter');
    await bash.screen(/with @mute/);
    await bash.type('well?');
    await bash.press('Enter');
    await bash.screen(/› well\?\n/);
    await bash.press('C-c');
    await bash.screen(/error: \[cancelled\][\s\S]*›/);
    await bash.type('/quit');
    await bash.press('Enter');
    await bash.screen(/\/quit\nready>/);
  });

  test('when its window is closed amid a chat, then the operator is signed off', async () => {
    const goodbyes = await hearGoodbyes(network.natsUrl);
    const bash = await shell({ AGENTNET_OPERATOR: 'leaver' });
    await bash.type('agentnet chat --to-username echo');
    await bash.press('Enter');
    await bash.screen(/You are @leaver[\s\S]*›$/m);
    const { profile } = await network.json('profile', '--username', 'leaver');
    const [{ session_tag }] = profile.online_sessions;
    await bash.close();
    expect(await goodbyes.of(session_tag)).toMatchObject({ session_tag });
  });

  test('when watching, then Ctrl-C ends it and the shell goes on', async () => {
    const bash = await shell();
    await bash.type('agentnet watch; echo "ended $?"');
    await bash.press('Enter');
    await bash.screen(/^Watching/m);
    await network.run(['send', '--to-username', 'echo', '1']);
    await bash.screen(/ direct +@op-/);
    await bash.press('C-c');
    await bash.screen(/ended 0/);
  });
});
