import { type CallContext, type MessageHeaders, parseInstant, Refusal, type SigningPurpose } from '@agentnet/protocol';
import { type DetachedSignature, type Place, readDetachedHeader, verifyDetached } from '@agentnet/sdk/identity';

/** A header whose signature is good; whether its key is the account's is open. */
export interface SignedCall extends DetachedSignature {
  readonly signedAtMs: number;
}

/** What a header is judged by. */
export interface HeaderContext {
  readonly purpose: SigningPurpose;
  readonly nowMs: number;
  readonly maxSkewSeconds: number;
}

/** The text of one header of a call. */
export function headerOf({ message }: Pick<CallContext, 'message'>, name: string): string | undefined {
  const headers: MessageHeaders | undefined = message.headers;
  return headers?.[name];
}

/**
 * Reads a header and checks what needs no database.
 *
 * @throws {Refusal} `auth_…`
 */
export function readSignedCall(
  text: string,
  place: Place,
  { purpose, nowMs, maxSkewSeconds }: HeaderContext,
): SignedCall {
  const signature = readDetachedHeader(text);
  if (typeof signature === 'string') throw new Refusal(signature);
  if (signature.purpose !== purpose) throw new Refusal('auth_purpose_mismatch', `it was made for ${signature.purpose}`);
  const instant = parseInstant(signature.signedAt);
  if (!instant) throw new Refusal('auth_payload_invalid', 'at is no instant');
  const signedAtMs = instant.epochMs + instant.micros / 1000;
  const skewMs = Math.abs(nowMs - signedAtMs);
  if (skewMs > maxSkewSeconds * 1000)
    throw new Refusal('auth_claims_timestamp_skew', `the clocks differ by ${Math.round(skewMs / 1000)} s`);
  if (!verifyDetached(signature, place)) throw new Refusal('auth_signature_invalid');
  return { ...signature, signedAtMs };
}

/** @throws {Refusal} `auth_payload_invalid` */
export function requireNonce({ nonce }: SignedCall): string {
  if (nonce === '') throw new Refusal('auth_payload_invalid', 'nonce is empty');
  return nonce;
}
