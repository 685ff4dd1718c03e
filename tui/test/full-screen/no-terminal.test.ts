import { expect, test } from 'vitest';
import { agentnet } from '../agentnet-process.js';

test('given no terminal, when the full screen is asked for, then it is refused with what to use instead', async () => {
  const { code, output, errors } = await agentnet(['tui']);
  expect({ code, output }).toEqual({ code: 1, output: '' });
  expect(errors).toContain('error: [invalid_option] the full screen needs a terminal; in scripts use agentnet watch');
});

test('given no terminal, when nothing is asked for, then the help is printed', async () => {
  const { code, output } = await agentnet([]);
  expect(code).toBe(0);
  expect(output).toMatch(/Usage: agentnet[\s\S]*tui/);
});
