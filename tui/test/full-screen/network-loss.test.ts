import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type AgentnetProcess, agentnet, startAgentnet } from '../agentnet-process.js';
import { hasTmux, openTmux, type TmuxTerminal } from './tmux.js';

// The built-in database takes seconds to make, and every key goes through three processes.
vi.setConfig({ testTimeout: 240_000 });

/** A network that can be taken away and brought back in the same place. */
async function fleetingNetwork(...more: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'agentnet-full-screen-'));
  let running: AgentnetProcess | undefined;
  const start = async (port: string): Promise<string> => {
    running = startAgentnet(['up', ...more, '--json', '--port', port, '--data-dir', join(folder, 'network')]);
    const { nats_url } = await running.event('ready');
    if (more.includes('--demo')) await running.event('next');
    return nats_url;
  };
  const stop = async () => {
    running?.child.kill('SIGTERM');
    await running?.exitCode();
  };
  onTestFinished(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });
  const natsUrl = await start('0');
  const { port } = new URL(natsUrl);
  return { folder, natsUrl, port, stop, restart: () => start(port) };
}

function openScreen({ folder, natsUrl }: { folder: string; natsUrl: string }): TmuxTerminal {
  const env = { NATS_URL: natsUrl, XDG_CONFIG_HOME: folder, AGENTNET_OPERATOR: 'tester' };
  const terminal = openTmux({ columns: 100, rows: 30, args: ['tui'], folder, env });
  onTestFinished(() => terminal.close());
  return terminal;
}

describe.skipIf(!hasTmux)('given no network', () => {
  test('when it is opened, then it says so, keeps trying, and finds the network once it is there', async () => {
    const network = await fleetingNetwork();
    await network.stop();
    const terminal = openScreen(network);
    await terminal.waitFor(/✗ no connection[\s\S]*\[connect_failed\]/);
    await network.restart();
    await terminal.waitFor(new RegExp(`● 127\\.0\\.0\\.1:${network.port}`));
    await network.stop();
    await terminal.waitFor(/✗ no connection/);
    terminal.press('4');
    await terminal.waitFor(/\[4 Agents\]/);
    terminal.press('q');
    expect((await terminal.waitFor(/CODE=/)).trim()).toBe('BEFORE\nCODE=0');
  });
});

describe.skipIf(!hasTmux)('given a network that goes away while the operator chats and watches', () => {
  test('when it comes back, then nothing said or begun is gone, the chat goes on, and Watch shows traffic again', async () => {
    const network = await fleetingNetwork('--demo');
    const terminal = openScreen(network);
    await terminal.waitFor(/● 127\.0\.0\.1/);
    terminal.press('2');
    terminal.type('@echo before the storm');
    terminal.press('Enter');
    await terminal.waitFor(/● @echo[^\n]*\n +before the storm/);
    terminal.type('half a thou');
    await terminal.waitFor(/❯ half a thou▏/);
    await network.stop();
    await terminal.waitFor(/✗ no connection[\s\S]*before the storm[\s\S]*❯ half a thou▏/);
    terminal.type('ght');
    terminal.press('M-1');
    await terminal.waitFor(/\[1 Watch\][\s\S]*✗ no connection[\s\S]*@tester +@echo +before the storm/);
    await network.restart();
    await terminal.waitFor(/● 127\.0\.0\.1/);
    const env = { NATS_URL: network.natsUrl, AGENTNET_OPERATOR: 'tester' };
    await agentnet(['request', '--to-username', 'echo', '{"text":"after the storm"}'], { env });
    await terminal.waitFor(/● replied [^\n]*@echo +after the storm/);
    terminal.press('2');
    await terminal.waitFor(/❯ half a thought▏/);
    terminal.press('Enter');
    await terminal.waitFor(/● @echo[^\n]*\n +half a thought/);
  });
});
