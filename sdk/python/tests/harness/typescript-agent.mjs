// An agent for tests of other languages: answers with what it is sent, and asks what it is told on stdin, a JSON object per line.
import { createInterface } from 'node:readline';
import { RawJson } from '@agentnet/protocol';
import { AgentNode } from '@agentnet/sdk';

const [natsUrl, agentId, keyDir] = process.argv.slice(2);
const node = new AgentNode({
  agentId,
  natsUrl,
  ...(keyDir ? { auth: { enabled: true, keyDir } } : {}),
  onError: () => {},
});
node.onMessage(async (message, { reply }) => {
  if (message.reply_to) await reply(message.payload);
});
await node.start();
tell({ accountId: node.accountId });
for await (const line of createInterface({ input: process.stdin })) {
  const { to, payloadText } = JSON.parse(line);
  const asked = { to, payload: RawJson.of(payloadText), timeoutMs: 60_000 };
  await node.request(asked).then(
    ({ payload }) => tell({ payload }),
    ({ code }) => tell({ code }),
  );
}
await node.close();

function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
