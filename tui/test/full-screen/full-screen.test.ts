import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { hearGoodbyes } from '../goodbye.js';
import { demoTerminals } from './demo-terminals.js';
import { hasTmux, type TmuxTerminal } from './tmux.js';

// The built-in database takes seconds to make, and every key goes through three processes.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

if (!hasTmux) {
  console.warn('SKIPPED: tmux is not installed, so nobody has looked at the full screen in a real terminal');
  test.skip('SKIPPED: tmux is not installed; the full screen was not tried in a real terminal');
}

describe.skipIf(!hasTmux)('given a network with the demo agents', () => {
  const { network, env, open } = demoTerminals();

  test('when agents talk, then Watch shows it as it happens, opened with its waterfall', async () => {
    const terminal = open();
    await terminal.waitFor(/● 127\.0\.0\.1.*\n[\s\S]*Quiet so far/);
    await network().run(['request', '--to-username', 'echo', '{"text":"is it you?"}'], { env: env() });
    await terminal.waitFor(/● replied .*@tester +@echo +is it you\? ⟶/);
    terminal.press('Enter');
    await terminal.waitFor(/state +● replied[\s\S]*request +@tester[\s\S]*reply, processed +@echo/);
    terminal.press('Escape');
    terminal.press('F');
    await terminal.waitFor(/^filter: /m);
    terminal.type('to:@nobody');
    terminal.press('Enter');
    await terminal.waitFor(/Watch › to:@nobody[\s\S]*Nothing heard so far fits/);
  });

  test('when the operator chats, then the answer comes, also to pasted lines, JSON and a capability', async () => {
    const terminal = open({ args: ['tui'] });
    await terminal.waitFor(/● 127\.0\.0\.1/);
    terminal.press('2');
    await terminal.waitFor(/to whom\?/);
    terminal.type('@ec');
    await terminal.waitFor(/tab: @echo/);
    terminal.press('Tab');
    terminal.type('hello there');
    terminal.press('Enter');
    await terminal.waitFor(/● you → @echo[^\n]*\n +hello there\n● @echo[^\n]*\n +hello there/);
    terminal.paste('two\nlines 你好');
    await terminal.waitFor(/❯ two\n +lines 你好▏/);
    terminal.press('Enter');
    await terminal.waitFor(/● @echo[^\n]*\n +two\n +lines 你好/);
    terminal.type('/to capability:calculator');
    terminal.press('Enter');
    await terminal.waitFor(/─ to capability:calculator/);
    terminal.type('{"action":"add","x":19,"y":23}');
    terminal.press('Enter');
    await terminal.waitFor(/● capability:calculator[^\n]*\n +\{"result":42\}/);
    terminal.type('/to nobody_here');
    terminal.press('Enter');
    terminal.type('anybody?');
    terminal.press('Enter');
    await terminal.waitFor(/✗ you → nobody_here[^\n]*failed[^\n]*\n +anybody\?\n +\[not_found\]/);
  });

  test('when an agent streams, then its answer grows on the screen until it is whole', async () => {
    let finish: () => void = () => undefined;
    const mayEnd = new Promise<void>((resolve) => {
      finish = resolve;
    });
    async function* verses() {
      yield 'an old pond, ';
      await mayEnd;
      yield 'a frog jumps in';
    }
    await network().agent(
      { agentId: 'poet', username: 'poet', capabilities: ['poem'] },
      async (_message, { stream }) => void (await stream(verses())),
    );
    const terminal = open({ args: ['tui'] });
    await terminal.waitFor(/● 127\.0\.0\.1/);
    terminal.press('2');
    terminal.type('@poet a haiku');
    terminal.press('Enter');
    await terminal.waitFor(/≈ @poet[^\n]*streaming[^\n]*\n +an old pond,/);
    finish();
    await terminal.waitFor(/● @poet[^\n]*\n +an old pond, a frog jumps in/);
  });

  test('when threads are looked through, then they open as transcript and diagram, and are exported', async () => {
    const terminal = open();
    await terminal.waitFor(/● 127\.0\.0\.1/);
    terminal.press('3');
    await terminal.waitFor(/demo_\w+/);
    terminal.press('/');
    terminal.type('demo_');
    terminal.press('Enter');
    await terminal.waitFor(/Threads › demo_[\s\S]*❯ demo_\w+[\s\S]*1 threads/);
    terminal.press('Enter');
    await terminal.waitFor(/transcript[\s\S]*\{"result":42\}[\s\S]*5\/5/);
    terminal.press('h');
    await terminal.waitFor(/4\/5 .*held/);
    terminal.press('d');
    await terminal.waitFor(/diagram[\s\S]*@calculator[\s\S]*─ request [\s\S]*▶/);
    terminal.press('E');
    await terminal.waitFor(/5 messages written to .*thread-demo_/);
    const [file = ''] = readdirSync(network().folder).filter((name) => name.endsWith('.jsonl'));
    const kinds = readFileSync(join(network().folder, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).kind);
    expect(kinds.toSorted()).toEqual(['direct', 'reply', 'reply', 'request', 'request']);
    terminal.press('e');
    await terminal.waitFor(/written to .*\.md/);
  });

  test('when doctor, metrics and contexts are asked in the command bar, then their answers lie over the screen', async () => {
    const terminal = open({ columns: 80 });
    await terminal.waitFor(/● 127\.0\.0\.1/);
    const ask = (command: string) => {
      terminal.press(':');
      terminal.type(command);
      terminal.press('Enter');
    };
    ask('doctor');
    await terminal.waitFor(/Watch › doctor[\s\S]*✓ server[\s\S]*✓ registry[\s\S]*dead letters/);
    terminal.press('Escape');
    await terminal.waitFor(/enter open/);
    ask('metrics');
    await terminal.waitFor(/Watch › metrics[\s\S]*registry +\S[\s\S]*NAME +CALLS/);
    terminal.press('q');
    await terminal.waitFor(/enter open/);
    ask('contexts');
    await terminal.waitFor(/There are no contexts[\s\S]*In use here: no context, nats:\/\/\S*127\.0\.0\.1/);
  });

  test('when agents are looked at, then the roster tells who is there, and leads to chat', async () => {
    const terminal = open();
    await terminal.waitFor(/● 127\.0\.0\.1/);
    terminal.press('4');
    await terminal.waitFor(/@calculator +Calculator +calculator .*claimed/);
    terminal.press('Enter');
    await terminal.waitFor(/Agents › @calculator[\s\S]*since +20/);
    terminal.press('c');
    await terminal.waitFor(/\[2 Chat\][\s\S]*─ to @calculator/);
  });

  test('when the terminal is 80x24 and then 40x12, then everything fits, and help and command bar work there', async () => {
    const terminal = open({ columns: 80, rows: 24 });
    await terminal.waitFor(/\[1 Watch\] 2 Chat {2}3 Threads {2}4 Agents .*● 127/);
    terminal.resize(40, 12);
    await terminal.waitFor(/^\[1 Watch\] 2 {2}3 {2}4 /m);
    terminal.press('?');
    await terminal.waitFor(/help/);
    terminal.press('q', ':');
    terminal.type('agents');
    terminal.press('Enter');
    await terminal.waitFor(/no command agents/);
    terminal.press('C-u');
    terminal.type('list');
    terminal.press('Enter');
    await terminal.waitFor(/\[4 Agents\][\s\S]*@calculator/);
    terminal.resize(100, 30);
    await terminal.waitFor(/1 Watch {2}2 Chat {2}3 Threads \[4 Agents\]/);
  });

  const signal = (name: NodeJS.Signals) => async (terminal: TmuxTerminal) => {
    process.kill(await terminal.pid(), name);
  };
  const waysOut: [way: string, end: (terminal: TmuxTerminal) => void | Promise<void>, code: number][] = [
    ['q', (terminal) => terminal.press('q'), 0],
    ['ctrl+c', (terminal) => terminal.press('C-c'), 0],
    ['SIGTERM', signal('SIGTERM'), 130],
    ['SIGINT', signal('SIGINT'), 130],
    ['SIGHUP', signal('SIGHUP'), 130],
  ];

  test.each(waysOut)('when it ends by %s, then the old screen is back', async (_way, end, code) => {
    const terminal = open();
    await terminal.waitFor(/\[1 Watch\]/);
    await end(terminal);
    const left = await terminal.waitFor(/CODE=/);
    expect(left.trim()).toBe(`BEFORE\nCODE=${code}`);
  });

  test('when its window is closed, then the operator is signed off', async () => {
    const goodbyes = await hearGoodbyes(network().natsUrl);
    const terminal = open({ env: { AGENTNET_OPERATOR: 'leaver' } });
    await terminal.waitFor(/\[1 Watch\].*● 127/);
    terminal.press('2');
    await terminal.waitFor(/to whom\?/);
    terminal.type('@echo hello');
    terminal.press('Enter');
    await terminal.waitFor(/● @echo[^\n]*\n +hello/);
    const { profile } = await network().json('profile', '--username', 'leaver');
    const [{ session_tag }] = profile.online_sessions;
    terminal.close();
    expect(await goodbyes.of(session_tag)).toMatchObject({ session_tag });
  });

  test('when it crashes, then the old screen is back and the reason is told', async () => {
    const bomb = `--import=data:text/javascript,process.on('SIGUSR2',()=>{throw(new%20Error('of-the-test'))})`;
    const terminal = open({ env: { NODE_OPTIONS: bomb } });
    await terminal.waitFor(/\[1 Watch\]/);
    process.kill(await terminal.pid(), 'SIGUSR2');
    const left = await terminal.waitFor(/CODE=/);
    expect(left).toMatch(/^BEFORE\nerror: \[internal_error\] of-the-test\n/);
    expect(left).toContain('CODE=2');
  });

  test('when NO_COLOR is set, then it works without a colour', async () => {
    const terminal = open({ columns: 80, rows: 24, env: { NO_COLOR: '1' } });
    await terminal.waitFor(/\[1 Watch\].*● 127/);
    expect(terminal.colours()).toEqual([]);
  });
});
