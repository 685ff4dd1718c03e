import { createHash } from 'node:crypto';
import { limits } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { ReceivedMessage } from '../received-message.js';
import { duplicateKey, type Refusal, refusalOf } from './refusal.js';

interface Remembered {
  readonly expiresAt: number;
  /** Digest of the payload that used the key. */
  readonly payload?: string;
}

const duplicateId = refusalOf('duplicate');
const reusedKey = refusalOf('idempotency_key_reused');

/**
 * What was accepted and has not failed since. Accepted messages are remembered for a while, failed ones are released, so that a sender's retry
 * runs again exactly when the first copy did not succeed.
 */
export class Outcomes {
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #ids = new Map<string, Remembered>();
  readonly #keys = new Map<string, Remembered>();

  constructor(ttlMs: number, clock: Clock) {
    this.#ttlMs = ttlMs;
    this.#clock = clock;
  }

  refusalFor(message: ReceivedMessage): Refusal | undefined {
    const now = this.#clock.elapsed();
    if (message.message_id !== '' && isLive(this.#ids.get(message.message_id), now)) return duplicateId;
    const scope = scopeOf(message);
    const used = scope === undefined ? undefined : this.#keys.get(scope);
    if (!isLive(used, now)) return undefined;
    return used.payload === digestOf(message) ? duplicateKey : reusedKey;
  }

  remember(message: ReceivedMessage): void {
    const now = this.#clock.elapsed();
    const expiresAt = now + this.#ttlMs;
    if (message.message_id !== '') add(this.#ids, message.message_id, { expiresAt });
    const scope = scopeOf(message);
    if (scope !== undefined) add(this.#keys, scope, { expiresAt, payload: digestOf(message) });
    sweep(this.#ids, now);
    sweep(this.#keys, now);
  }

  /** Forgets a message whose handling failed. */
  release(message: ReceivedMessage): void {
    this.#ids.delete(message.message_id);
    const scope = scopeOf(message);
    if (scope !== undefined) this.#keys.delete(scope);
  }
}

function isLive(remembered: Remembered | undefined, now: number): remembered is Remembered {
  return remembered !== undefined && now < remembered.expiresAt;
}

/** Re-inserting keeps each map in order of expiry, so that a sweep looks at no entry it does not remove. */
function add(map: Map<string, Remembered>, name: string, remembered: Remembered): void {
  map.delete(name);
  map.set(name, remembered);
}

function sweep(map: Map<string, Remembered>, now: number): void {
  for (const [name, remembered] of map) {
    if (isLive(remembered, now) && map.size <= limits.dedupeMaxEntries) return;
    map.delete(name);
  }
}

/** One sender's key; the length in front keeps `a` + `bc` apart from `ab` + `c`. */
function scopeOf({
  from_account_id,
  from_session_tag,
  from_agent,
  idempotency_key,
}: ReceivedMessage): string | undefined {
  if (idempotency_key === undefined) return undefined;
  const sender = from_account_id ?? from_session_tag ?? from_agent ?? '';
  return `${sender.length}:${sender}${idempotency_key}`;
}

function digestOf({ payload }: ReceivedMessage): string {
  return createHash('sha256').update(JSON.stringify(payload)).digest('base64');
}
