import assert from 'node:assert/strict';
import { AgentNode } from '@agentnet/sdk';
import { natsUrl } from './network.js';

// Two agents offer the same capability; each question goes to one of them.
const calculators = ['calculator-1', 'calculator-2'].map(
  (agentId) => new AgentNode({ agentId, capabilities: ['example.add'], natsUrl }),
);
for (const calculator of calculators) {
  calculator.onMessage(({ payload: { x, y } }, { reply }) => reply({ sum: x + y }));
}
const customer = new AgentNode({ agentId: 'customer', natsUrl });
await Promise.all([customer, ...calculators].map((node) => node.start()));

// A receiver takes 10 messages at once from one sender, then 5 a second: `inbox.rateLimitBurst`, `inbox.rateLimitPerSecond`.
const numbers = Array.from({ length: 8 }, (_, n) => n);
const answers = await Promise.all(
  numbers.map((n) => customer.requestCapability({ capability: 'example.add', payload: { x: n, y: n } })),
);
await Promise.all([customer, ...calculators].map((node) => node.close()));

assert.deepEqual(
  answers.map(({ payload }) => payload.sum),
  numbers.map((n) => 2 * n),
);
const workers = new Set(answers.map(({ from_agent }) => from_agent));
console.log(`${answers.length} sums by ${[...workers].sort().join(' and ')}`);
