import { capturedSubjects, history, limits, subjectPatterns } from '@agentnet/protocol';
import { AgentNetError } from '@agentnet/sdk/transport';
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { errors, type NatsConnection, nanos } from '@nats-io/nats-core';
import type { RegistryConfig } from '../options.js';
import type { PullSource } from './pull-feed.js';

const streamNameInUse = 10058;
const streamNotFound = 10059;
const subjectsOverlap = 10065;
const consumerNotFound = 10014;
const consumerExists = [10013, 10105, 10148];
/** The server or the account has not the room that the stream asks for. */
const noRoom = [10023, 10028, 10047];
const withoutJetStream = 'start it with -js, or set HISTORY_CAPTURE=tap to record only while a registry runs';
const remedies = new Map([
  ...noRoom.map((code) => [code, 'give its JetStream more room, or lower HISTORY_MAX_BYTES'] as const),
  [subjectsOverlap, 'see with `nats stream ls` which other stream has taken them, and remove it'],
]);
/** A cluster that has no leader yet, or whose stream or consumer has none. */
const notReady = [10006, 10007, 10008, 10009, 10118, 10119];

/** Delivered and not yet on record, all registries together: ten of the largest statements. */
const maxAckPending = limits.historyBatchMaxMessages * 10;

/** One of the two streams that captured bodies wait in. */
export interface CaptureStream {
  readonly stream: string;
  readonly consumer: string;
  readonly subjects: readonly string[];
  readonly description: string;
  /** Size of the stream when it is made. */
  readonly initialBytes: number;
}

export const messageStream: CaptureStream = {
  stream: history.stream,
  consumer: history.consumer,
  subjects: capturedSubjects,
  description: 'Messages on their way into the history; the registry removes what it has recorded',
  initialBytes: limits.historyMaxBytesDefault,
};

/** A stream of its own: receipts cannot push messages out, and registries of the version before do not take them for messages. */
export const receiptStream: CaptureStream = {
  stream: history.receiptStream,
  consumer: history.receiptConsumer,
  subjects: [subjectPatterns.accountReceipts],
  description: 'Receipts on their way into the history; the registry removes what it has recorded',
  initialBytes: limits.receiptHistoryMaxBytesDefault,
};

/** What the operator asked for; 0 leaves an existing stream as it is. */
export type StreamLimits = Pick<
  RegistryConfig,
  'historyMaxBytes' | 'historyMaxMessages' | 'historyMaxAgeSeconds' | 'historyReplicas'
>;

export interface StreamOptions {
  readonly ackWaitMs: number;
  readonly limits: StreamLimits;
}

/**
 * Makes a stream and its consumer, or brings them up to date. Any number of registries may do so at the same time.
 *
 * @returns where its consumer stands
 * @throws {AgentNetError} `history_unavailable` when the server has no JetStream or refuses the stream
 */
export async function ensureStream(
  connection: NatsConnection,
  stream: CaptureStream,
  { ackWaitMs, limits }: StreamOptions,
): Promise<PullSource> {
  try {
    const manager = await jetstreamManager(connection);
    await ensureCapture(
      manager,
      stream,
      stream === messageStream ? limits : { ...noLimits, historyReplicas: limits.historyReplicas },
    );
    await ensureConsumer(manager, stream, ackWaitMs);
    const { delivered, created } = await manager.consumers.info(stream.stream, stream.consumer);
    const place = { deliverySequence: delivered.consumer_seq, streamSequence: delivered.stream_seq };
    return { stream: stream.stream, consumer: stream.consumer, consumerCreatedAt: created, place, ackWaitMs };
  } catch (cause) {
    throw toUnavailable(cause, connection);
  }
}

const noLimits = { historyMaxBytes: 0, historyMaxMessages: 0, historyMaxAgeSeconds: 0 };

function toUnavailable(cause: unknown, connection: NatsConnection): AgentNetError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (canPass(cause, connection))
    return new AgentNetError('history_unavailable', `the NATS server or its JetStream is not ready (${reason})`, {
      cause,
    });
  const remedy = (cause instanceof JetStreamApiError && remedies.get(cause.code)) || withoutJetStream;
  return new AgentNetError('history_unavailable', `the NATS server keeps no history (${reason}); ${remedy}`, { cause });
}

/** Whether the server may take the stream later: it restarts, or has a JetStream that does not answer yet. */
export function canPass(cause: unknown, connection: NatsConnection): boolean {
  if (connection.isClosed() || cause instanceof errors.PermissionViolationError) return false;
  if (cause instanceof JetStreamApiError) return notReady.includes(cause.code);
  // Nobody answers its API; the server's greeting tells whether it has one.
  if (cause instanceof Error && cause.cause instanceof errors.RequestError) return connection.info?.jetstream === true;
  return cause instanceof errors.TimeoutError || cause instanceof errors.RequestError || isLost(cause);
}

function isLost(cause: unknown): boolean {
  return cause instanceof errors.ConnectionError || cause instanceof errors.ClosedConnectionError;
}

/**
 * `no_ack`: otherwise the stream would answer every request of an agent before its peer does. The oldest go at the limit: that leaves
 * a gap in the sequence, which is counted, while a stream that refused the newest would lose them without a trace.
 */
const captureConfig = {
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  no_ack: true,
} satisfies Partial<StreamConfig>;

async function ensureCapture({ streams }: JetStreamManager, stream: CaptureStream, asked: StreamLimits): Promise<void> {
  const { subjects, description, initialBytes } = stream;
  const settings: Partial<StreamConfig> = {
    subjects: [...subjects],
    no_ack: true,
    discard: DiscardPolicy.Old,
    ...(asked.historyMaxBytes > 0 && { max_bytes: asked.historyMaxBytes }),
    ...(asked.historyMaxMessages > 0 && { max_msgs: asked.historyMaxMessages }),
    ...(asked.historyMaxAgeSeconds > 0 && ageLimit(asked.historyMaxAgeSeconds * 1000)),
    ...(asked.historyReplicas > 0 && { num_replicas: asked.historyReplicas }),
  };
  const existing = await orUndefined(() => streams.info(stream.stream), [streamNotFound]);
  if (!existing) {
    const config = { name: stream.stream, description, max_bytes: initialBytes, ...captureConfig, ...settings };
    await addUnlessThere(streams, config);
  } else if (!holds(existing.config, settings)) {
    await streams.update(stream.stream, { ...existing.config, ...settings });
  }
}

/** While another registry makes the very same stream, the server may say that its subjects overlap with that one. */
async function addUnlessThere(
  streams: JetStreamManager['streams'],
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  try {
    await streams.add(config);
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError)) throw cause;
    if (cause.code === streamNameInUse) return;
    if (cause.code !== subjectsOverlap) throw cause;
    if (!(await orUndefined(() => streams.info(config.name), [streamNotFound]))) throw cause;
  }
}

/** The server's window for duplicates, which nothing here uses, must not be longer than the age. */
function ageLimit(ms: number): Partial<StreamConfig> {
  return { max_age: nanos(ms), duplicate_window: nanos(Math.min(ms, 120_000)) };
}

function holds(config: StreamConfig, settings: Partial<StreamConfig>): boolean {
  return Object.entries(settings).every(([name, wanted]) => {
    const is = config[name as keyof StreamConfig];
    return Array.isArray(wanted) ? sameMembers(is as string[], wanted as string[]) : is === wanted;
  });
}

async function ensureConsumer(
  { consumers }: JetStreamManager,
  { stream, consumer }: CaptureStream,
  ackWaitMs: number,
): Promise<void> {
  const config: Partial<ConsumerConfig> = {
    durable_name: consumer,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: maxAckPending,
    max_deliver: -1,
  };
  const existing = await orUndefined(() => consumers.info(stream, consumer), [consumerNotFound]);
  if (!existing) await orUndefined(() => consumers.add(stream, config), consumerExists);
  else if (existing.config.ack_wait !== config.ack_wait || existing.config.max_ack_pending !== maxAckPending) {
    await consumers.update(stream, consumer, { ack_wait: nanos(ackWaitMs), max_ack_pending: maxAckPending });
  }
}

async function orUndefined<T>(call: () => Promise<T>, expected: readonly number[]): Promise<T | undefined> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof JetStreamApiError && expected.includes(cause.code)) return undefined;
    throw cause;
  }
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member));
}
