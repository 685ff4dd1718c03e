import assert from 'node:assert/strict';
import { AgentSDK } from '@agentnet/sdk';
import { natsUrl } from './network.js';

async function* verse() {
  for (const word of ['Rough ', 'winds ', 'do ', 'shake ', 'the ', 'darling ', 'buds']) yield word;
}

const poet = new AgentSDK({ agentId: 'bard', natsUrl });
poet.onMessage((_message, { stream }) => stream(verse()));
await poet.start();

const listener = await AgentSDK.open({ agentId: 'listener', natsUrl });
const answer = listener.askStream('@bard', 'a verse, please');
let heard = '';
for await (const delta of answer) {
  process.stdout.write(delta);
  heard += delta;
}
process.stdout.write('\n');
// The pieces may be joined on their way, never lost or reordered.
assert.equal(heard, 'Rough winds do shake the darling buds');
assert.equal(await answer.text, heard);
await Promise.all([listener.close(), poet.close()]);
