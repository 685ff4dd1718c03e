// A signing agent of the TypeScript SDK that does what the test says, a JSON command per line of stdin, and tells what comes of it on stdout:
// answers with the command's number, and what it received without one.
import { createInterface } from 'node:readline';
import { RawJson } from '@agentnet/protocol';
import { AgentNode } from '@agentnet/sdk';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

const { traced = false, ...settings } = JSON.parse(process.argv[2]);
const exporter = new InMemorySpanExporter();
if (traced) {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
}

const node = new AgentNode({ auth: { enabled: false }, retry: { attempts: 0 }, onError: () => {}, ...settings });
node.onMessage(async (message, { reply }) => {
  const { payload } = message;
  tell({ message: payload });
  if (payload?.do === 'fail') throw new Error('a secret of the handler');
  if (payload?.do === 'say') await reply(RawJson.of(payload.text));
  else if (payload?.do === 'ask on')
    await reply((await node.request({ to: payload.to, payload: 'on', timeoutMs: 60_000 })).payload);
  else if (message.reply_to) await reply(payload);
});
await node.start();
tell({ accountId: node.accountId });

const commands = {
  ask: async ({ to, text }) => (await node.request({ to, payload: RawJson.of(text), timeoutMs: 60_000 })).payload,
  send: async ({ to, text, until = 'processed' }) =>
    (await node.send({ to, payload: RawJson.of(text), until, receiptTimeoutMs: 60_000 })).receipt,
  stream: ({ to, payload }) => node.askStream({ to, payload }).text,
  rotate: () => node.rotateKey(),
  revoke: ({ publicKey }) => node.revokeKey(publicKey === undefined ? {} : { publicKey }),
  forged: async () => node.metricsSnapshot().forged_count,
  spans: async () =>
    exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      kind: span.kind,
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      parentId: span.parentSpanContext?.spanId,
      attributes: span.attributes,
    })),
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
await node.close();

function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
