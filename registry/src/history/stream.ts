import { capturedSubjects, history, limits } from '@agentnet/protocol';
import { AgentNetError } from '@agentnet/sdk/transport';
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/nats-core';

const streamNameInUse = 10058;
const streamNotFound = 10059;
const consumerNotFound = 10014;
const consumerExists = [10013, 10105, 10148];

/** Delivered and not yet on record, all registries together: ten of the largest statements. */
const maxAckPending = limits.historyBatchMaxMessages * 10;

export interface StreamOptions {
  readonly ackWaitMs: number;
}

/**
 * Makes the stream and its consumer, or brings them up to date. Any number of registries may do so at the same time.
 * What an operator set on an existing stream (replicas, size, age) stays.
 *
 * @throws {AgentNetError} `history_unavailable` when the server has no JetStream or refuses the stream
 */
export async function ensureStream(connection: NatsConnection, { ackWaitMs }: StreamOptions): Promise<void> {
  try {
    const manager = await jetstreamManager(connection);
    await ensureCapture(manager);
    await ensureConsumer(manager, ackWaitMs);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AgentNetError(
      'history_unavailable',
      `the NATS server keeps no history (${reason}); start it with -js, or set HISTORY_CAPTURE=tap to record only while a registry runs`,
      { cause },
    );
  }
}

/** `no_ack`: otherwise the stream would answer every request of an agent before its peer does. */
const captureConfig = {
  name: history.stream,
  description: 'Messages on their way into the history; the registry removes what it has recorded',
  subjects: [...capturedSubjects],
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
  no_ack: true,
} satisfies Partial<StreamConfig> & { name: string };

async function ensureCapture({ streams }: JetStreamManager): Promise<void> {
  const existing = await orUndefined(() => streams.info(history.stream), [streamNotFound]);
  if (existing) {
    const { config } = existing;
    const isCurrent = config.no_ack === true && sameMembers(config.subjects, capturedSubjects);
    if (!isCurrent) await streams.update(history.stream, { ...config, subjects: captureConfig.subjects, no_ack: true });
    return;
  }
  await orUndefined(() => streams.add(captureConfig), [streamNameInUse]);
}

async function ensureConsumer({ consumers }: JetStreamManager, ackWaitMs: number): Promise<void> {
  const config: Partial<ConsumerConfig> = {
    durable_name: history.consumer,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: maxAckPending,
    max_deliver: -1,
  };
  const existing = await orUndefined(() => consumers.info(history.stream, history.consumer), [consumerNotFound]);
  if (!existing) await orUndefined(() => consumers.add(history.stream, config), consumerExists);
  else if (existing.config.ack_wait !== config.ack_wait || existing.config.max_ack_pending !== maxAckPending) {
    await consumers.update(history.stream, history.consumer, {
      ack_wait: nanos(ackWaitMs),
      max_ack_pending: maxAckPending,
    });
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
