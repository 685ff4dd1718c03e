import { ProtocolError } from '@agentnet/protocol';
import type { ReceivedMessage } from '../received-message.js';
import { equalClaims, legacyClaims, messageClaims } from './claims.js';
import { pythonNumber } from './python-number.js';
import { type SignedClaims, verifyClaims } from './signature.js';

/** A message signed with `dev-ed25519-v1`: what it says, how some of its members were written, and what was signed. */
export interface Letter {
  readonly message: ReceivedMessage;
  readonly written: ReadonlyMap<string, string>;
  readonly signed: SignedClaims;
}

/** Whether the claims are those of the message, and signed. */
export function refusalOfLetter(letter: Letter): 'auth_claims_mismatch' | 'auth_signature_invalid' | undefined {
  if (!saysTheSame(letter)) return 'auth_claims_mismatch';
  return verifyClaims(letter.signed) ? undefined : 'auth_signature_invalid';
}

function saysTheSame({ signed: { claims }, message, written }: Letter): boolean {
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
