import { type ErrorCode, headers, type Receipt } from '@agentnet/protocol';
import type { NatsMessage } from '../connection/nats-transport.js';
import type { ReceivedMessage } from '../received-message.js';
import { type DetachedSignature, readDetachedHeader } from './detached-header.js';
import { verifyDetached } from './detached-signature.js';
import { detachedScheme } from './detached-text.js';
import type { AccountKeys, FoundKeys, KeyRing } from './key-ring.js';
import { type Letter, refusalOfLetter } from './letter.js';
import { rawMembers } from './raw-member.js';
import { readAuth } from './signature.js';

/** What a signature can be refused with, in checking order. */
export type AuthCode = Extract<ErrorCode, `auth_${string}`>;

/** Whom messages may be meant for. */
export interface Recipient {
  readonly accountId: string;
  readonly capabilities: readonly string[];
}

/** A message that was read, with everything a signature may cover. */
export interface ReadMessage {
  readonly message: ReceivedMessage;
  /** The whole body as it came. */
  readonly text: string;
  /** As it came off the wire. */
  readonly raw: Pick<NatsMessage, 'subject' | 'reply' | 'body' | 'headers'>;
}

/** How strict a verifier is. */
export interface VerifierOptions {
  readonly keys: Pick<KeyRing, 'find' | 'findOther'>;
  readonly recipient: Recipient;
  /** Refuses everything that is not signed with `ed25519-v2`. */
  readonly requireV2: boolean;
  /** Milliseconds that only ever grow. */
  readonly elapsed: () => number;
}

type Verdict = AuthCode | undefined | Promise<AuthCode | undefined>;

/** Decides whether messages and receipts are from the account they name, and for this agent. */
export class MessageVerifier {
  readonly #options: VerifierOptions;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** @returns why it is refused; undefined when it is genuine. A promise only while its sender's key is being looked up. */
  refusalFor(read: ReadMessage, purpose: 'message' | 'reply'): Verdict {
    const { message, text, raw } = read;
    const { from_account_id, auth } = message;
    if (from_account_id === undefined) return 'auth_missing_from_account';
    const header = raw.headers?.[headers.signature];
    if (header !== undefined) return this.#refusalOfHeader(header, read, purpose);
    if (this.#options.requireV2) return 'auth_v2_required';
    if (auth === undefined) return 'auth_missing';
    const written = rawMembers(text, ['auth', 'payload', 'schema_version']);
    const signed = readAuth(written.get('auth') ?? 'null');
    if (typeof signed === 'string') return signed;
    const letter: Letter = { message, written, signed };
    return this.#withKey(from_account_id, signed.publicKey, () => {
      return refusalOfLetter(letter) ?? this.#refusalOfRecipient(message);
    });
  }

  /** @param accountId - The account whose receipts count; undefined where any may answer. */
  refusalForReceipt(receipt: Receipt, raw: ReadMessage['raw'], accountId: string | undefined): Verdict {
    const header = raw.headers?.[headers.signature];
    if (header !== undefined) return this.#refusalOfReceiptHeader(header, receipt, raw);
    if (this.#options.requireV2) return 'auth_v2_required';
    const signer = receipt.from_account_id || accountId;
    if (signer === undefined) return undefined;
    const found = this.#options.keys.find(signer);
    return found instanceof Promise ? found.then(refusalOfUnsigned) : refusalOfUnsigned(found);
  }

  #refusalOfHeader(header: string, { message, raw }: ReadMessage, purpose: 'message' | 'reply'): Verdict {
    const signed = readDetachedHeader(header);
    if (typeof signed === 'string') return signed;
    if (signed.purpose !== purpose) return 'auth_purpose_mismatch';
    const { from_account_id, from_agent = '', from_session_tag = '' } = message;
    const isSame =
      signed.accountId === from_account_id && signed.agentId === from_agent && signed.sessionTag === from_session_tag;
    if (!isSame) return 'auth_envelope_mismatch';
    return this.#withKey(signed.accountId, signed.publicKey, () => {
      return refusalOfSignature(signed, raw) ?? this.#refusalOfRecipient(message);
    });
  }

  #refusalOfReceiptHeader(header: string, receipt: Receipt, raw: ReadMessage['raw']): Verdict {
    const signed = readDetachedHeader(header);
    if (typeof signed === 'string') return signed;
    if (signed.purpose !== 'receipt') return 'auth_purpose_mismatch';
    if (signed.accountId !== receipt.from_account_id || signed.sessionTag !== receipt.from_session_tag)
      return 'auth_envelope_mismatch';
    return this.#withKey(signed.accountId, signed.publicKey, () => refusalOfSignature(signed, raw));
  }

  /** Goes on with `judge` when the key is one of the account's. */
  #withKey(accountId: string, publicKey: string, judge: () => AuthCode | undefined): Verdict {
    const { keys } = this.#options;
    const decide = (found: FoundKeys): AuthCode | undefined => {
      if (typeof found === 'string') return found;
      return this.#isOf(found, publicKey) ? judge() : 'auth_public_key_mismatch';
    };
    const look = (found: FoundKeys): Verdict => {
      if (typeof found === 'string' || this.#isOf(found, publicKey)) return decide(found);
      const again = keys.findOther(accountId);
      return again instanceof Promise ? again.then(decide) : decide(again);
    };
    const found = keys.find(accountId);
    return found instanceof Promise ? found.then(look) : look(found);
  }

  #isOf({ publicKey, previous }: AccountKeys, given: string): boolean {
    return given === publicKey || (given === previous?.publicKey && this.#options.elapsed() < previous.expiresAt);
  }

  /** Senders that route by capability name no account. */
  #refusalOfRecipient({ to_account_id, to_agent = '' }: ReceivedMessage): AuthCode | undefined {
    const { accountId, capabilities } = this.#options.recipient;
    const isForThis =
      to_account_id === undefined
        ? to_agent === accountId || capabilities.some((capability) => to_agent === `capability:${capability}`)
        : to_account_id === accountId;
    return isForThis ? undefined : 'auth_recipient_mismatch';
  }
}

function refusalOfSignature(signed: DetachedSignature, raw: ReadMessage['raw']): AuthCode | undefined {
  return verifyDetached(signed, raw) ? undefined : 'auth_signature_invalid';
}

/** Peers of the first scheme sign no receipts; where all sessions speak the second, one without signature is forged. */
function refusalOfUnsigned(found: FoundKeys): AuthCode | undefined {
  return typeof found !== 'string' && found.scheme === detachedScheme ? 'auth_missing' : undefined;
}
