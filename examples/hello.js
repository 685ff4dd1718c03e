import assert from 'node:assert/strict';
import { AgentNode } from '@agentnet/sdk';
import { natsUrl } from './network.js';

const greeter = new AgentNode({ agentId: 'greeter', natsUrl });
greeter.onMessage((message, { reply }) => reply({ text: `hello, ${message.payload.text}` }));
const visitor = new AgentNode({ agentId: 'visitor', natsUrl });
await Promise.all([greeter.start(), visitor.start()]);
const answer = await visitor.request({ to: '@greeter', payload: { text: 'world' } });
await Promise.all([visitor.close(), greeter.close()]);
assert.equal(answer.payload.text, 'hello, world');
console.log(answer.payload.text);
