import { createHash } from 'node:crypto';
import { limits } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import { rawMember } from '../identity/raw-member.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Incoming } from './inbox.js';
import { OldestFirst } from './oldest-first.js';
import { duplicateKey, type Refusal, refusalOf } from './refusal.js';
import type { Claim } from './shared-outcomes.js';

/** What becomes of one accepted message, for the copies of it that come later. */
export interface Outcome {
  readonly expiresAt: number;
  /** The sender's id and key, as the memory names them. */
  readonly id: string | undefined;
  readonly key: string | undefined;
  readonly messageId: string;
  /** Digest of the payload's text; only with a key. */
  readonly payload: string | undefined;
  isProcessed: boolean;
  /** The reply as it went out. */
  reply?: Uint8Array;
  /** Copies that came while the first one waited or ran. */
  waiting?: ReceivedMessage[];
  /** What this session told the others of its account. */
  claim?: Claim;
}

const duplicateId = refusalOf('duplicate');
export const reusedKey = refusalOf('idempotency_key_reused');

/**
 * What was accepted and has not failed since. Accepted messages are remembered for a while, failed ones are released, so that a sender's retry
 * runs again exactly when the first copy did not succeed.
 */
export class Outcomes {
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #ids = new Map<string, Outcome>();
  readonly #keys = new Map<string, Outcome>();
  readonly #oldestId = new OldestFirst(this.#ids, (outcome) => this.#ids.get(outcome.id ?? '') === outcome);
  readonly #oldestKey = new OldestFirst(this.#keys, (outcome) => this.#keys.get(outcome.key ?? '') === outcome);
  /** Outcomes that hold a reply, oldest first. */
  readonly #replies = new Set<Outcome>();
  readonly #oldestReply = new OldestFirst(this.#replies, (outcome) => this.#replies.has(outcome));
  #replyBytes = 0;

  constructor(ttlMs: number, clock: Clock) {
    this.#ttlMs = ttlMs;
    this.#clock = clock;
  }

  repetitionOf(incoming: Incoming): Refusal | undefined {
    const { message } = incoming;
    const id = this.#live(this.#ids, idOf(message));
    if (id) return { ...duplicateId, earlier: id };
    const key = this.#live(this.#keys, keyOf(message));
    if (!key) return undefined;
    return key.payload === payloadDigest(incoming) ? { ...duplicateKey, earlier: key } : reusedKey;
  }

  /** The outcome of a message that was accepted. */
  of(message: ReceivedMessage): Outcome | undefined {
    return this.#live(this.#ids, idOf(message)) ?? this.#live(this.#keys, keyOf(message));
  }

  remember(incoming: Incoming): Outcome {
    const { message } = incoming;
    const now = this.#clock.elapsed();
    const id = idOf(message);
    const key = keyOf(message);
    const payload = key === undefined ? undefined : payloadDigest(incoming);
    const outcome: Outcome = {
      expiresAt: now + this.#ttlMs,
      id,
      key,
      messageId: message.message_id,
      payload,
      isProcessed: false,
    };
    if (id !== undefined) add(this.#ids, id, outcome);
    if (key !== undefined) add(this.#keys, key, outcome);
    this.#sweep(now);
    return outcome;
  }

  /** Keeps the first reply to a request, within the bounds. */
  keepReply(outcome: Outcome, reply: Uint8Array): void {
    if (outcome.reply || reply.length > limits.rememberedReplyMaxBytes || this.#isForgotten(outcome)) return;
    // A body is a view of a buffer that other bodies share; keeping it would keep them all.
    outcome.reply = reply.slice();
    this.#replies.add(outcome);
    this.#replyBytes += reply.length;
    const { rememberedRepliesMaxBytes, rememberedRepliesMaxEntries } = limits;
    while (this.#replyBytes > rememberedRepliesMaxBytes || this.#replies.size > rememberedRepliesMaxEntries) {
      const oldest = this.#oldestReply.peek();
      if (!oldest) return;
      this.#dropReply(oldest);
    }
  }

  /** Forgets a message whose handling failed. */
  release(outcome: Outcome): void {
    this.#dropReply(outcome);
    if (outcome.id !== undefined && this.#ids.get(outcome.id) === outcome) this.#ids.delete(outcome.id);
    if (outcome.key !== undefined && this.#keys.get(outcome.key) === outcome) this.#keys.delete(outcome.key);
  }

  #live(map: ReadonlyMap<string, Outcome>, name: string | undefined): Outcome | undefined {
    const outcome = name === undefined ? undefined : map.get(name);
    return outcome && this.#clock.elapsed() < outcome.expiresAt ? outcome : undefined;
  }

  #isForgotten({ id, key }: Outcome): boolean {
    return !((id !== undefined && this.#ids.has(id)) || (key !== undefined && this.#keys.has(key)));
  }

  #sweep(now: number): void {
    for (let oldest = this.#oldestId.peek(); isDue(oldest, this.#ids, now); oldest = this.#oldestId.peek())
      this.#forget(this.#ids, oldest.id, oldest);
    for (let oldest = this.#oldestKey.peek(); isDue(oldest, this.#keys, now); oldest = this.#oldestKey.peek())
      this.#forget(this.#keys, oldest.key, oldest);
  }

  #forget(map: Map<string, Outcome>, name: string | undefined, outcome: Outcome): void {
    map.delete(name ?? '');
    this.#dropReply(outcome);
  }

  #dropReply(outcome: Outcome): void {
    if (!outcome.reply || !this.#replies.delete(outcome)) return;
    this.#replyBytes -= outcome.reply.length;
    delete outcome.reply;
  }
}

function isDue(oldest: Outcome | undefined, { size }: ReadonlyMap<string, Outcome>, now: number): oldest is Outcome {
  return oldest !== undefined && (now >= oldest.expiresAt || size > limits.dedupeMaxEntries);
}

/** Re-inserting keeps each map in order of expiry, so that a sweep looks at no entry it does not remove. */
function add(map: Map<string, Outcome>, name: string, outcome: Outcome): void {
  map.delete(name);
  map.set(name, outcome);
}

/** One sender's id; the length in front keeps `a` + `bc` apart from `ab` + `c`. */
function idOf(message: ReceivedMessage): string | undefined {
  if (message.message_id === '') return undefined;
  const sender = scopeOf(message);
  return `${sender.length}:${sender}${message.message_id}`;
}

function keyOf(message: ReceivedMessage): string | undefined {
  if (message.idempotency_key === undefined) return undefined;
  const sender = scopeOf(message);
  return `${sender.length}:${sender}${message.idempotency_key}`;
}

/** Whose ids and keys are told apart. */
export function scopeOf({ from_account_id, from_session_tag, from_agent }: ReceivedMessage): string {
  return from_account_id ?? from_session_tag ?? from_agent ?? '';
}

/** Digest of the payload as it stood on the wire: parsed numbers would lose digits, and two payloads could look alike. */
export function payloadDigest({ text }: Incoming): string {
  return createHash('sha256')
    .update((text === '' ? undefined : rawMember(text, 'payload')) ?? 'null')
    .digest('hex');
}
