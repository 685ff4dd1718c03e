import { subjects, type TransportSubscription } from '@agentnet/protocol';
import type { Link } from '../connection/link.js';
import type { NatsMessage } from '../connection/nats-transport.js';
import { toAgentNetError } from '../connection/to-agentnet-error.js';
import type { AgentNetError } from '../errors.js';
import type { MessageVerifier } from '../identity/message-verifier.js';
import { decodeMessage } from '../inbox/decode.js';
import type { ReceivedMessage } from '../received-message.js';
import { readStreamEvent } from './stream-event.js';
import type { StreamJoin } from './stream-join.js';
import { streamKey } from './stream-key.js';

/** A request whose answer is a stream. */
export interface AskedStream {
  readonly requestId: string;
  readonly threadId: string;
  /** Who was asked; absent for a capability. */
  readonly accountId: string | undefined;
  readonly join: StreamJoin;
  /** The stream that answers, once something of it has come. */
  key?: string;
}

/** What the desk hears with. */
export interface AskedStreamsOptions {
  readonly accountId: string;
  readonly link: Link;
  readonly maxPayloadBytes: number;
  /** Present with dev auth on. */
  readonly verifier: MessageVerifier | undefined;
  /** A message was overheard on the inbox and taken. */
  readonly onTaken: (message: ReceivedMessage) => void;
  readonly onError: (error: AgentNetError) => void;
}

/**
 * The streams a session has asked for. While there are any, it listens to the account's inbox without a queue group: peers that do not stream to reply
 * subjects answer there, and the queue group may hand their messages to another session. Spec: rule `stream.ask.inbox`.
 */
export class AskedStreams {
  readonly #options: AskedStreamsOptions;
  readonly #asked = new Set<AskedStream>();
  #listening: { subscription: TransportSubscription; ready: Promise<void> } | undefined;

  constructor(options: AskedStreamsOptions) {
    this.#options = options;
  }

  /** Resolves when the server knows that this session listens. */
  async add(asked: AskedStream): Promise<void> {
    this.#asked.add(asked);
    this.#listening ??= this.#listen();
    await this.#listening.ready;
  }

  remove(asked: AskedStream): void {
    this.#asked.delete(asked);
    if (this.#asked.size > 0) return;
    this.#listening?.subscription.unsubscribe();
    this.#listening = undefined;
  }

  /** Gives a message to the request it answers; false when there is none. */
  offer(message: ReceivedMessage): boolean {
    if (this.#asked.size === 0 || message.kind !== 'stream') return false;
    const event = readStreamEvent(message.payload);
    if (!event) return false;
    const key = streamKey(message, event.stream_id);
    const asked = this.#askedBy(message, key);
    if (!asked) return false;
    asked.key = key;
    asked.join.take(event);
    return true;
  }

  failAll(error: AgentNetError): void {
    for (const { join } of [...this.#asked]) join.fail(error);
  }

  /** The stream's own request, else the one it names as parent, else the oldest in the thread that still waits. */
  #askedBy({ thread_id, from_account_id, parent_message_id }: ReceivedMessage, key: string): AskedStream | undefined {
    const candidates = [...this.#asked].filter(
      ({ threadId, accountId }) => threadId === thread_id && (accountId ?? from_account_id) === from_account_id,
    );
    const waiting = candidates.filter(({ key: taken }) => taken === undefined);
    return (
      candidates.find(({ key: taken }) => taken === key) ??
      waiting.find(({ requestId }) => requestId === parent_message_id) ??
      waiting[0]
    );
  }

  async #overhear(raw: NatsMessage): Promise<void> {
    const { maxPayloadBytes, verifier, onTaken } = this.#options;
    const decoded = decodeMessage(raw, maxPayloadBytes);
    if ('refusal' in decoded || !decoded.incoming.event) return;
    const { message } = decoded.incoming;
    const refusal = verifier?.refusalFor(decoded.incoming, 'message');
    const code = refusal instanceof Promise ? await refusal : refusal;
    if (code === undefined && this.offer(message)) onTaken(message);
  }

  #listen(): { subscription: TransportSubscription; ready: Promise<void> } {
    const { accountId, link, onError } = this.#options;
    const subscription = link.transport.subscribe(subjects.accountInbox(accountId), {}, (message) => {
      void this.#overhear(message).catch((cause: unknown) => onError(toAgentNetError(cause)));
    });
    return { subscription, ready: link.flush() };
  }
}
