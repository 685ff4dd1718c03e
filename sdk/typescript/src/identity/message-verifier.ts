import { type ErrorCode, ProtocolError } from '@agentnet/protocol';
import type { ReceivedMessage } from '../received-message.js';
import { equalClaims, legacyClaims, messageClaims } from './claims.js';
import type { KeyRing } from './key-ring.js';
import { pythonNumber } from './python-number.js';
import { rawMembers } from './raw-member.js';
import { readAuth, type SignedClaims, verifyClaims } from './signature.js';

/** What a signature can be refused with, in checking order. */
export type AuthCode = Extract<ErrorCode, `auth_${string}`>;

/** Whom messages may be meant for. */
export interface Recipient {
  readonly accountId: string;
  readonly capabilities: readonly string[];
}

/** Decides whether messages are from the account they name, and for this agent. */
export class MessageVerifier {
  readonly #keys: Pick<KeyRing, 'find'>;
  readonly #recipient: Recipient;

  constructor(keys: Pick<KeyRing, 'find'>, recipient: Recipient) {
    this.#keys = keys;
    this.#recipient = recipient;
  }

  /**
   * @param text - The message's whole body as it came.
   * @returns why it is refused; undefined when it is genuine. A promise only while its sender's key is being looked up.
   */
  refusalFor(message: ReceivedMessage, text: string): AuthCode | undefined | Promise<AuthCode | undefined> {
    const { from_account_id, auth } = message;
    if (from_account_id === undefined) return 'auth_missing_from_account';
    if (auth === undefined) return 'auth_missing';
    const written = rawMembers(text, ['auth', 'payload', 'schema_version']);
    const signed = readAuth(written.get('auth') ?? 'null');
    if (typeof signed === 'string') return signed;
    const key = this.#keys.find(from_account_id);
    const letter = { message, written, signed };
    return key instanceof Promise ? key.then((found) => this.#judge(letter, found)) : this.#judge(letter, key);
  }

  #judge({ message, written, signed }: Letter, key: string | undefined): AuthCode | undefined {
    if (key === undefined) return 'auth_key_not_found';
    if (signed.publicKey !== key) return 'auth_public_key_mismatch';
    if (!saysTheSame(signed, message, written)) return 'auth_claims_mismatch';
    if (!verifyClaims(signed)) return 'auth_signature_invalid';
    return isFor(message, this.#recipient) ? undefined : 'auth_recipient_mismatch';
  }
}

/** A message, how some of its members were written, and what was signed. */
interface Letter {
  readonly message: ReceivedMessage;
  readonly written: ReadonlyMap<string, string>;
  readonly signed: SignedClaims;
}

function saysTheSame({ claims }: SignedClaims, message: ReceivedMessage, written: Letter['written']): boolean {
  try {
    const schema_version = versionAsWritten(written.get('schema_version')) ?? message.schema_version;
    const expected = messageClaims({ ...message, schema_version }, written.get('payload') ?? 'null');
    return equalClaims(claims, expected) || equalClaims(claims, legacyClaims(expected));
  } catch (cause) {
    // A payload that Python cannot read has no canonical form.
    if (cause instanceof ProtocolError) return false;
    throw cause;
  }
}

/** A version written as a number is signed as Python prints it: `1.0`, where JavaScript has only 1. */
function versionAsWritten(raw = ''): string | undefined {
  return /^[-0-9]/.test(raw) ? pythonNumber(raw) : undefined;
}

/** Senders that route by capability name no account. */
function isFor({ to_account_id, to_agent = '' }: ReceivedMessage, { accountId, capabilities }: Recipient): boolean {
  if (to_account_id !== undefined) return to_account_id === accountId;
  return to_agent === accountId || capabilities.some((capability) => to_agent === `capability:${capability}`);
}
