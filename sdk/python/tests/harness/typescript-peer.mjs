// A peer of the TypeScript SDK that does what the test says, a JSON command per line of stdin, and tells what comes of it on stdout: answers with
// the command's number, and what it received without one.
import { createInterface } from 'node:readline';
import { AgentSDK, streamHandler } from '@agentnet/sdk';

const [natsUrl, agentId, blobRoot] = process.argv.slice(2);
const sdk = new AgentSDK({ agentId, natsUrl, onError: () => {}, blobs: { root: blobRoot, natsUrl } });
sdk.onMessage(streamHandler(hear, { otherwise: answer, onError: () => {}, gapWaitMs: 100 }));
await sdk.start();
tell({ accountId: sdk.node.accountId });

const commands = {
  ask: async ({ to, payload, timeoutMs = 60_000 }) => (await sdk.askJson(to, payload, { timeoutMs })).payload,
  send: async ({ to, payload, until }) => (await sdk.sendJson(to, payload, { until })).receipt,
  streamText: ({ to, pieces }) => sdk.streamText(to, pieces),
  cancelStream: async ({ to, pieces }) => {
    const cancel = new AbortController();
    const leave = async function* () {
      yield* pieces;
      cancel.abort();
      await new Promise(() => {});
    };
    return sdk.streamText(to, leave(), { signal: cancel.signal });
  },
  askStream: async ({ to, payload, leaveAfter }) => {
    const answer = sdk.askStream(to, payload);
    const pieces = [];
    for await (const piece of answer) if (pieces.push(piece) === leaveAfter) break;
    return { pieces, text: await answer.text };
  },
  putBlobFile: ({ path, options }) => sdk.putBlobFile(path, options),
  getBlobFile: ({ blob, path }) => sdk.getBlobFile(blob, path),
  headBlob: ({ blob }) => sdk.headBlob(blob),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { number, name, ...args } = JSON.parse(line);
  Promise.resolve()
    .then(() => commands[name](args))
    .then(
      (result) => tell({ number, result }),
      ({ code, detail, remoteCode }) => tell({ number, failure: { code, detail, remoteCode } }),
    );
}
await sdk.close();

async function answer({ payload, reply_to, kind }, { reply, stream }) {
  tell({ message: payload, kind });
  if (payload?.do === 'fail') throw new Error('a secret of the handler');
  if (payload?.do === 'stream') await stream(payload.pieces);
  else if (payload?.do === 'break') await stream(broken(payload.pieces));
  else if (reply_to) await reply(payload);
}

async function hear(stream) {
  const pieces = [];
  try {
    for await (const piece of stream) {
      pieces.push(piece);
      tell({ piece });
    }
    tell({ stream: stream.stream_id, pieces, text: await stream.text });
  } catch ({ code, detail }) {
    tell({ stream: stream.stream_id, pieces, code, detail });
  }
}

async function* broken(pieces) {
  yield* pieces;
  throw new Error('a secret of the source');
}

function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
