import { headers, type MessageHeaders, nowTimestamp, type SentMessage, type SigningPurpose } from '@agentnet/protocol';
import { messageClaims } from './claims.js';
import { signDetached } from './detached-signature.js';
import { detachedScheme, type Place } from './detached-text.js';
import type { KeyPair } from './key-pair.js';
import type { KeyRing } from './key-ring.js';
import { rawMember } from './raw-member.js';
import { signClaims } from './signature.js';

/** Who signs: an agent, before and after it has a session. */
export interface SignerIdentity {
  readonly accountId: string;
  readonly agentId: string;
  readonly sessionTag: string;
}

/** What a signer is made with. */
export interface SignerOptions {
  readonly pair: KeyPair;
  readonly identity: SignerIdentity;
  readonly keys: Pick<KeyRing, 'remembered'>;
  readonly now: () => number;
}

/** Signs what one session publishes, with the key it has at that moment. */
export class Signer {
  readonly #keys: Pick<KeyRing, 'remembered'>;
  readonly #now: () => number;
  #pair: KeyPair;
  #identity: SignerIdentity;
  #signedAtMs = 0;
  /** Whether the registry lets nobody in who does not speak `ed25519-v2`. */
  isV2Required = false;

  constructor({ pair, identity, keys, now }: SignerOptions) {
    this.#pair = pair;
    this.#identity = identity;
    this.#keys = keys;
    this.#now = now;
  }

  get pair(): KeyPair {
    return this.#pair;
  }

  /** Signs with another key from now on. */
  replacePair(pair: KeyPair): void {
    this.#pair = pair;
  }

  /** Signs for the session that was opened. */
  join({ accountId, agentId, sessionTag }: SignerIdentity): void {
    this.#identity = { accountId, agentId, sessionTag };
  }

  /** The text of the header that goes with a body. */
  sign(purpose: SigningPurpose, place: Place, { nonce = '', pair = this.#pair } = {}): string {
    const { accountId, agentId, sessionTag } = this.#identity;
    const signedAt = nowTimestamp(this.#instant());
    return signDetached({ accountId, agentId, sessionTag, purpose, signedAt, nonce }, place, pair);
  }

  /** Later than the one before, or the registry would take a second hello for a copy of the first. */
  #instant(): number {
    const now = this.#now();
    this.#signedAtMs = now > this.#signedAtMs ? now : this.#signedAtMs + 0.001;
    return this.#signedAtMs;
  }

  /** The header itself. */
  seal(purpose: SigningPurpose, place: Place): MessageHeaders {
    return { [headers.signature]: this.sign(purpose, place) };
  }

  /** Whether a recipient may speak the first scheme only, and so needs the `auth` member. Spec: rule `auth.v2.v1-peers`. */
  needsAuth({ to_account_id }: SentMessage): boolean {
    if (this.isV2Required) return false;
    return to_account_id === undefined || !this.knowsDetached(to_account_id);
  }

  /** Whether every session of the account is known to speak the second scheme. */
  knowsDetached(accountId: string): boolean {
    return this.#keys.remembered(accountId)?.scheme === detachedScheme;
  }

  /** Adds the signature of the first scheme to the text that is sent, never to the value it was made from: `JSON.stringify` may write that in another way than it looks. */
  addAuth(message: SentMessage, text: string): string {
    const auth = signClaims(messageClaims(message, rawMember(text, 'payload') ?? 'null'), this.#pair);
    return `${text.slice(0, -1)},"auth":${JSON.stringify(auth)}}`;
  }
}
