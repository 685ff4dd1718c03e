import { decodeJson, ProtocolError, RegistryClient, subjectPatterns } from '@agentnet/protocol';
import { connect, natsTransport, toAgentNetError } from '@agentnet/sdk/transport';
import { decodeFrame, ingest, type OverheardFrame, type TrafficEvent } from '../traffic/index.js';
import { AccountNames } from './account-names.js';
import type { NetworkOptions } from './network-options.js';

/** Everything agents say to one another, receipts and replies included. */
export const trafficSubjects: readonly string[] = [
  subjectPatterns.accountInbox,
  subjectPatterns.capability,
  subjectPatterns.accountReceipts,
  subjectPatterns.plainInbox,
];

/** What to listen to. */
export interface OverhearOptions {
  /** NATS subjects, wildcards welcome. @default `trafficSubjects` */
  subjects?: readonly string[];
  /** Usernames whose accounts are to be known although they may be offline. */
  usernames?: readonly string[];
  /** Takes what passed, in order. */
  onTraffic: (event: TrafficEvent, frame: OverheardFrame) => void;
  /** Hears that the connection was lost (true) or is back (false). */
  onInterrupted?: (isInterrupted: boolean) => void;
}

/** A listener that is in place. */
export interface Overhearing {
  readonly names: AccountNames;
  /** The registry's queries, over the same connection. */
  readonly registry: RegistryClient;
  /** Why no names could be had from the registry; listening works without it. */
  readonly withoutNames?: ProtocolError;
  /** Resolves when the connection ended for good, with the reason. */
  readonly ended: Promise<ProtocolError>;
  close(): Promise<void>;
}

/**
 * Listens to the network without taking part: nothing is published but queries, nobody is registered, and no queue group is joined, so that
 * no agent misses a message.
 *
 * @throws {AgentNetError} `connect_failed`, `authorization_failed`, `cancelled`
 */
export async function overhear(
  { natsUrl, wait: { signal, timeoutMs } }: NetworkOptions,
  { subjects = trafficSubjects, usernames = [], onTraffic, onInterrupted }: OverhearOptions,
): Promise<Overhearing> {
  const connection = await connect({
    url: natsUrl,
    name: 'agentnet-cli-watch',
    maxReconnectAttempts: -1,
    // Its own answers are no traffic; and of two subscriptions the server tells only one that nobody answers.
    inboxPrefix: '_WATCH',
    signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  let fail: (cause: ProtocolError) => void = () => undefined;
  const ended = new Promise<ProtocolError>((resolve) => {
    fail = resolve;
  });
  const transport = natsTransport(connection, { onError: (error) => fail(error) });
  const names = new AccountNames();
  transport.subscribe(subjectPatterns.registryHello, {}, ({ body }) => {
    const hello = decodeJson('Hello', body);
    if (hello.ok) names.learn(hello.value);
  });
  for (const subject of subjects) {
    transport.subscribe(subject, {}, ({ subject: from, body, reply }) => {
      const overheard = { subject: from, body, atMs: Date.now(), ...(reply === undefined ? {} : { reply }) };
      const frame = decodeFrame(overheard);
      if (frame) onTraffic(ingest(frame), overheard);
    });
  }
  void follow(connection.status(), onInterrupted);
  void connection.closed().then((cause) => fail(toAgentNetError(cause ?? new Error('the connection ended'))));
  const registry = new RegistryClient(transport);
  const withoutNames = await names.load(registry, usernames, signal).then(() => undefined, asRefusal);
  await connection.flush();
  return {
    names,
    registry,
    ended,
    close: () => connection.close(),
    ...(withoutNames === undefined ? {} : { withoutNames }),
  };
}

async function follow(
  statuses: AsyncIterable<{ type: string }>,
  onInterrupted: OverhearOptions['onInterrupted'],
): Promise<void> {
  for await (const { type } of statuses) {
    if (type === 'disconnect') onInterrupted?.(true);
    if (type === 'reconnect') onInterrupted?.(false);
  }
}

/** A network without registry can be listened to; being stopped is something else. */
function asRefusal(cause: unknown): ProtocolError {
  if (cause instanceof ProtocolError && cause.code !== 'cancelled') return cause;
  throw cause;
}
