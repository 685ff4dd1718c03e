import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { agentnet } from '../agentnet-process.js';
import { tempFolder } from '../temp-folder.js';
import { tmuxShell } from '../tmux.js';

vi.setConfig({ testTimeout: 120_000 });

const suggestions = async (...words: string[]) => {
  const { code, output } = await agentnet(['complete', '--', ...words]);
  expect(code).toBe(0);
  return output.split('\n').flatMap((line) => (line.startsWith(':') ? [] : [line.split('\t')[0]]));
};

describe('given words typed so far', () => {
  test('when a command is begun, then all that fit are suggested, and the one for scripts is not', async () => {
    expect(await suggestions('thread')).toEqual(['threads', 'thread-messages', 'thread-status']);
    expect(await suggestions('comp')).toEqual(['completion']);
  });

  test('when an option, a value or a word of the filter is begun, then those that fit are suggested', async () => {
    expect(await suggestions('send', '--to-')).toEqual(['--to-account', '--to-username', '--to-capability']);
    expect(await suggestions('contexts', 'add', 'x', '--colour', 'gr')).toEqual(['green', 'grey']);
    expect(await suggestions('contexts', 're')).toEqual(['remove']);
    expect(await suggestions('watch', 'th')).toEqual(['thread:']);
    expect(await suggestions('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('when a name from a network that is not there is wanted, then nothing is suggested and nothing fails', async () => {
    const { code, output, errors } = await agentnet(['complete', '--', 'send', '--to-username', ''], {
      env: { NATS_URL: 'nats://127.0.0.1:1' },
    });
    expect({ code, output, errors }).toEqual({ code: 0, output: ':4', errors: '' });
  });
});

test.each([
  'zsh',
  'fish',
])('given %s, when its script is asked for, then it asks agentnet for suggestions', async (shell) => {
  const { code, output, errors } = await agentnet(['completion', shell]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toContain('agentnet complete --');
});

test('given an unknown shell, when its script is asked for, then the known ones are named', async () => {
  const { code, errors } = await agentnet(['completion', 'tcsh']);
  expect(code).toBe(1);
  expect(errors).toContain('bash, zsh, fish');
});

test('given the script in a real bash, sourced twice, when TAB is pressed, then commands, options and filter words complete', async () => {
  const source = 'source <(agentnet completion bash)';
  const bash = await tmuxShell({}, [source, source]);
  await bash.type('agentnet message-');
  await bash.press('Tab');
  await bash.screen(/^ready> agentnet message-search$/m);
  await bash.type('--from-a');
  await bash.press('Tab');
  await bash.screen(/agentnet message-search --from-account-id/);
  await bash.press('C-c');
  await bash.type('agentnet watch stat');
  await bash.press('Tab');
  await bash.type('rejected');
  expect(await bash.screen(/agentnet watch status:rejected/)).not.toContain('readonly');
});

test('given a command substitution in an unfinished line, when TAB is pressed, then it is not run', async () => {
  const bait = join(await tempFolder(), 'bait');
  const bash = await tmuxShell({}, ['source <(agentnet completion bash)']);
  await bash.type(`agentnet send "$(touch ${bait})" --to-u`);
  await bash.press('Tab');
  await bash.screen(/--to-username/);
  expect(existsSync(bait)).toBe(false);
});
