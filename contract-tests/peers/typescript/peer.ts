import { createInterface } from 'node:readline';
import { RawJson } from '@agentnet/protocol';
import {
  AgentNetError,
  AgentNode,
  type AgentNodeOptions,
  type BlobIdOrRef,
  Blobs,
  type HandlerContext,
  type ReceivedMessage,
  RemoteError,
  streamHandler,
} from '@agentnet/sdk';
import type { Handling, JoinOptions, Observation, PeerCommand, Sending } from '../../kit/peer-process/peer-protocol.js';

/** The agent this process plays at the moment. */
interface Playing {
  readonly node: AgentNode;
  readonly blobs: Blobs;
}

type CommandOf<D extends PeerCommand['do']> = Extract<PeerCommand, { do: D }>;

let playing: Playing | undefined;
let handling: Handling = { how: 'note' };
let changeOptions: (options: AgentNodeOptions) => AgentNodeOptions = (same) => same;
let held: (() => void)[] = [];

const print = (observation: Observation): void => {
  process.stdout.write(`${JSON.stringify(observation)}\n`);
};

async function handle(message: ReceivedMessage, context: HandlerContext): Promise<void> {
  print({ saw: 'received', message: message as never });
  await act(handling, message, context);
}

async function act(how: Handling, message: ReceivedMessage, { signal, reply, stream }: HandlerContext): Promise<void> {
  // Messages nobody waits for are not answered: a handler that cannot reply would count as failed.
  const canReply = message.reply_to !== undefined;
  if (how.how === 'echo' && canReply) await reply(message.payload);
  if (how.how === 'reply' && canReply) await reply(how.payload);
  if (how.how === 'stream') await stream(piecesOf(how.pieces));
  if (how.how === 'fail') throw new Error('top secret');
  if (how.how === 'time_out') throw new DOMException('top secret', 'TimeoutError');
  if (how.how === 'cancel') throw new DOMException('top secret', 'AbortError');
  if (how.how === 'reply' && how.next) return act(how.next, message, { signal, reply, stream });
  if (how.how !== 'hold') return;
  await new Promise<void>((resolve, reject) => {
    held.push(resolve);
    signal.addEventListener('abort', () => {
      print({ saw: 'cancelled', message_id: message.message_id });
      reject(signal.reason);
    });
  });
  await act(how.next ?? { how: 'note' }, message, { signal, reply, stream });
}

async function* piecesOf(pieces: readonly string[], fail = false): AsyncGenerator<string> {
  yield* pieces;
  if (fail) throw new Error('top secret');
}

function optionsOf(join: JoinOptions): AgentNodeOptions {
  const inbox = {
    maxConcurrency: join.max_concurrency,
    maxPending: join.max_pending,
    workTimeoutMs: join.work_timeout_ms,
    drainTimeoutMs: join.drain_timeout_ms,
    dedupeTtlMs: join.dedupe_ttl_ms,
    rateLimitPerSecond: join.rate_limit_per_second === null ? Number.POSITIVE_INFINITY : join.rate_limit_per_second,
    rateLimitBurst: join.rate_limit_burst,
    breakerFailures: join.breaker_failures,
    breakerResetMs: join.breaker_reset_ms,
    sharedDedupe: join.shared_dedupe,
  };
  const options = {
    agentId: join.agent_id,
    name: join.name,
    username: join.username,
    accountId: join.account_id,
    capabilities: join.capabilities,
    metadata: join.metadata,
    natsUrl: join.nats_url,
    defaultTtlMs: join.default_ttl_ms,
    connection: given({ timeoutMs: join.connect_timeout_ms }),
    auth: join.key_dir
      ? given({ enabled: true, keyDir: join.key_dir, require: join.auth_require })
      : { enabled: false },
    retry: given({ attempts: join.retry_attempts, receiptTimeoutMs: join.receipt_timeout_ms }),
    inbox: given(inbox),
    onError: () => undefined,
  };
  return given(options) as AgentNodeOptions;
}

const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

async function join(id: number, command: CommandOf<'join'>): Promise<void> {
  const node = new AgentNode(changeOptions(optionsOf(command)));
  handling = command.handle ?? { how: 'note' };
  if (command.handle !== null) node.onMessage(command.join_streams ? joinStreams() : handle);
  await node.start();
  const root = command.blob_root;
  playing = { node, blobs: new Blobs(given({ natsUrl: command.nats_url, root }) as { natsUrl: string }) };
  const { accountId: account_id, username, sessionTag: session_tag } = node;
  print({ saw: 'joined', re: id, account_id, username, session_tag });
}

const joinStreams = () =>
  streamHandler(
    async ({ stream_id, text }) => {
      const read = await text.then(
        (whole) => ({ text: whole }),
        (cause: unknown) => ({ code: codeOf(cause) }),
      );
      print({ saw: 'streamed', stream_id, ...read });
    },
    { otherwise: handle },
  );

const playingNow = (): Playing => {
  if (!playing) throw new Error('no agent has joined');
  return playing;
};

function messageOf(command: Sending) {
  const payload = command.payload_text === undefined ? (command.payload ?? null) : RawJson.of(command.payload_text);
  return given({
    payload,
    threadId: command.thread_id,
    traceId: command.trace_id,
    parentMessageId: command.parent_message_id,
    idempotencyKey: command.idempotency_key,
    ttlMs: command.ttl_ms,
  } as { payload: unknown });
}

async function send(id: number, command: CommandOf<'send'>): Promise<void> {
  const { node } = playingNow();
  const { to = '', capability, wait = 'accepted', processed_timeout_ms: processedTimeoutMs } = command;
  const until = wait === 'none' ? { requireDeliveryAck: false } : given({ until: wait, processedTimeoutMs });
  const options = { ...messageOf(command), ...(until as object) };
  const sending = capability ? node.sendToCapability({ ...options, capability }) : node.send({ ...options, to });
  print({ saw: 'sent', re: id, message_id: (await sending).messageId });
}

async function ask(id: number, command: CommandOf<'ask'>): Promise<void> {
  const { node } = playingNow();
  const { to = '', capability, timeout_ms: timeoutMs = 20_000 } = command;
  const options = { ...messageOf(command), timeoutMs };
  const asking = capability ? node.requestCapability({ ...options, capability }) : node.request({ ...options, to });
  print({ saw: 'reply', re: id, message: (await asking) as never });
}

async function askStream(id: number, command: CommandOf<'ask_stream'>): Promise<void> {
  const stream = playingNow().node.askStream({ ...messageOf(command), to: command.to });
  for await (const text of stream) print({ saw: 'delta', re: id, text });
  print({ saw: 'answer', re: id, text: await stream.text });
}

async function putBlob(id: number, { bytes, mime_type, filename, blob_id, storage }: CommandOf<'blob_put'>) {
  const options = given({ mimeType: mime_type, filename, blobId: blob_id, storage });
  const reference = await playingNow().blobs.putBlobBytes(Buffer.from(bytes, 'base64'), options as object);
  print({ saw: 'blob', re: id, reference: reference as never });
}

async function run(id: number, command: PeerCommand): Promise<void> {
  if (command.do === 'crash') process.kill(process.pid, 'SIGKILL');
  if (command.do === 'join') return join(id, command);
  if (command.do === 'send') return send(id, command);
  if (command.do === 'ask') return ask(id, command);
  if (command.do === 'ask_stream') return askStream(id, command);
  if (command.do === 'blob_put') return putBlob(id, command);
  if (command.do === 'blob_get') {
    const bytes = await playingNow().blobs.getBlobBytes(command.blob as BlobIdOrRef);
    return print({ saw: 'bytes', re: id, bytes: Buffer.from(bytes).toString('base64') });
  }
  if (command.do === 'stream') {
    const { to, pieces, fail, thread_id: threadId } = command;
    await playingNow().node.streamText({ to, chunks: piecesOf(pieces, fail), ...(threadId && { threadId }) });
  }
  if (command.do === 'handle') handling = command.handling;
  if (command.do === 'release') for (const goOn of held.splice(0)) goOn();
  if (command.do === 'leave') return leave(id);
  print({ saw: 'done', re: id });
}

async function leave(id: number): Promise<void> {
  const { node, blobs } = playingNow();
  await node.close();
  await blobs[Symbol.asyncDispose]();
  playing = undefined;
  held = [];
  print({ saw: 'left', re: id });
}

const codeOf = (cause: unknown): string => (cause instanceof AgentNetError ? cause.code : 'unexpected');

function report(id: number, cause: unknown): void {
  const remote =
    cause instanceof RemoteError ? { remote_code: cause.remoteCode, remote_detail: cause.remoteDetail } : {};
  print({ saw: 'error', re: id, code: codeOf(cause), detail: String(cause), ...(given(remote) as object) });
}

/** Plays the agents that the kit names on stdin, and prints what they observe, until stdin ends. */
export function playPeer(name: string, change: (options: AgentNodeOptions) => AgentNodeOptions = (same) => same): void {
  changeOptions = change;
  const features = ['streams', 'blobs', 'signing', 'idempotency', 'processed', 'limits', 'capabilities'] as const;
  print({ saw: 'hello', protocol: 1, peer: name, features: [...features] });
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const { id, ...command } = JSON.parse(line) as PeerCommand & { id: number };
    run(id, command as PeerCommand).catch((cause: unknown) => report(id, cause));
  });
  lines.on('close', () => process.exit());
}
