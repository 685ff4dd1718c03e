import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeJson, subjects } from '@agentnet/protocol';
import { connect } from '@agentnet/sdk/transport';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { findNatsServer } from '../../src/up/find-nats-server.js';
import { startNatsServer } from '../../src/up/nats-server.js';
import { tempFolder } from '../temp-folder.js';
import { hasProgram, tmuxShell } from '../tmux.js';

vi.setConfig({ testTimeout: 120_000 });

const agents = [
  { agent_id: 'echo', username: 'echo_bot', name: 'Echo', capabilities: ['text.poem'], metadata: {} },
  // What no grammar allows comes to no shell.
  { agent_id: 'evil', username: 'echo;$(reboot)', name: 'Evil', capabilities: ['text.`reboot`'], metadata: {} },
];

/** A real server with a registry on it that knows two agents. */
async function networkOfTwo(): Promise<string> {
  const settings = { host: '127.0.0.1', port: 0, token: 'own', dataDir: await tempFolder() };
  const server = await startNatsServer(findNatsServer(process.env), settings);
  onTestFinished(() => server.stop());
  const natsUrl = `nats://own@127.0.0.1:${server.port}`;
  const connection = await connect({ url: natsUrl });
  onTestFinished(() => connection.close());
  connection.subscribe(subjects.registryList, {
    callback: (_error, asked) => {
      asked.respond(encodeJson({ generated_at: '2026-03-04T09:15:02Z', agents }));
    },
  });
  await connection.flush();
  return natsUrl;
}

/** Settings with one named connection, to that network. */
async function settingsFolder(natsUrl: string): Promise<string> {
  const folder = await tempFolder();
  await mkdir(join(folder, 'agentnet'));
  const staging = { nats_url: natsUrl, colour: 'green', production: false };
  await writeFile(join(folder, 'agentnet', 'contexts.json'), JSON.stringify({ current: null, contexts: { staging } }), {
    mode: 0o600,
  });
  return folder;
}

const sources = {
  bash: 'source <(agentnet completion bash)',
  zsh: 'source <(agentnet completion zsh)',
  fish: 'agentnet completion fish | source',
} as const;

const shells = Object.keys(sources) as (keyof typeof sources)[];

describe.each(shells)('given the script in a real %s, sourced twice', (name) => {
  const shell = async (env: Record<string, string> = {}) => tmuxShell(env, [sources[name], sources[name]], name);

  test.skipIf(!hasProgram(name))(
    'when TAB is pressed, then commands, options, contexts, names of agents and words of filters complete',
    async () => {
      const natsUrl = await networkOfTwo();
      const terminal = await shell({ XDG_CONFIG_HOME: await settingsFolder(natsUrl) });
      let line = 'agentnet';
      for (const [typed, completed] of [
        ['sen', 'send'],
        ['--context st', '--context staging'],
        ['--to-us', '--to-username'],
        ['ec', 'echo_bot'],
        ['--to-capability te', '--to-capability text.poem'],
      ]) {
        await terminal.type(line === 'agentnet' ? `${line} ${typed}` : `${typed}`);
        await terminal.press('Tab');
        line += ` ${completed}`;
        // Whatever is completed to its end is followed by a space, so that the next word can be typed.
        await terminal.screen(new RegExp(`^ready> ${line}$`, 'm'));
      }
      await terminal.press('C-a', 'C-k');
      await terminal.type('agentnet watch stat');
      await terminal.press('Tab');
      await terminal.screen(/agentnet watch status:/);
      await terminal.type('rejected');
      expect(await terminal.screen(/agentnet watch status:rejected/)).not.toMatch(/readonly|error/i);
    },
  );

  test.skipIf(!hasProgram(name))('when TAB is pressed behind a command substitution, then it is not run', async () => {
    const bait = join(await tempFolder(), 'bait');
    const terminal = await shell();
    await terminal.type(`agentnet send "$(touch ${bait})" --to-u`);
    await terminal.press('Tab');
    await terminal.screen(/--to-username/);
    expect(existsSync(bait)).toBe(false);
  });
});
