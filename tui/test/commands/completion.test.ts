import { describe, expect, test, vi } from 'vitest';
import { agentnet } from '../agentnet-process.js';

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

test('given an unknown shell, when its script is asked for, then the known ones are named', async () => {
  const { code, errors } = await agentnet(['completion', 'tcsh']);
  expect(code).toBe(1);
  expect(errors).toContain('bash, zsh, fish');
});
