import { expect, test } from 'vitest';
import { operatorName } from '../../src/session/operator-name.js';

test('given one person on one machine, when named twice, then it is the same username, within the grammar of the protocol', () => {
  const name = operatorName({});
  expect(operatorName({ AGENTNET_OPERATOR: '  ' })).toBe(name);
  expect(name).toMatch(/^op-[a-z0-9_-]*[0-9a-f]{6}$/);
  expect(name.length).toBeLessThanOrEqual(32);
});

test('given a chosen name, when named, then it is that', () => {
  expect(operatorName({ AGENTNET_OPERATOR: ' night.shift ' })).toBe('night.shift');
});
