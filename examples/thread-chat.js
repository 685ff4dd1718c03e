import assert from 'node:assert/strict';
import { AgentSDK } from '@agentnet/sdk';
import { natsUrl } from './network.js';

const shop = new AgentSDK({ agentId: 'shop', natsUrl });
// One message is one order line: what was ordered before stands in the thread, by the sender's thread id.
const orders = new Map();
shop.onMessage(async ({ payload, thread_id }, { reply }) => {
  const order = [...(orders.get(thread_id) ?? []), payload.text];
  orders.set(thread_id, order);
  await reply({ text: `so far: ${order.join(', ')}` });
});
await shop.start();

const customer = await AgentSDK.open({ agentId: 'thirsty', natsUrl });
const thread = customer.thread();
await thread.askText('@shop', 'tea');
const answer = await thread.askText('@shop', 'milk');
assert.equal(answer.text, 'so far: tea, milk');

// The registry writes the history in batches, so a message is there shortly after it was answered.
const read = async () => (await thread.messages()).messages.map(({ payload }) => payload.text);
let history = await read();
for (let attempt = 1; history.length < 4 && attempt < 100; attempt += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  history = await read();
}
await Promise.all([customer.close(), shop.close()]);
assert.deepEqual(history.toReversed(), ['tea', 'so far: tea', 'milk', 'so far: tea, milk']);
console.log(history.toReversed().join(' | '));
