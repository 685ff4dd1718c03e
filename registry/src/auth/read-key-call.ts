import { type CallContext, headers, Refusal, type SigningPurpose } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import type { Queryable } from '../store/database.js';
import { spendNonce } from '../store/nonces.js';
import { headerOf, readSignedCall, requireNonce, type SignedCall } from './read-header.js';

/**
 * Reads the signature of a call that changes a key.
 *
 * @throws {Refusal} `auth_…`
 */
export function readKeyCall(
  { config, now }: RegistryDeps,
  accountId: string,
  call: CallContext,
  purpose: SigningPurpose,
): SignedCall {
  if (!config.devAuth) throw new Refusal('auth_off');
  const text = headerOf(call, headers.signature);
  if (text === undefined) throw new Refusal('auth_v2_required', `header ${headers.signature} is missing`);
  const context = { purpose, nowMs: now(), maxSkewSeconds: config.devAuthMaxSkewSeconds };
  const signed = readSignedCall(text, call.message, context);
  if (signed.accountId !== accountId) throw new Refusal('auth_claims_account_mismatch');
  requireNonce(signed);
  return signed;
}

/** The nonce is spent whatever becomes of the call. */
export async function spendCallNonce(
  tx: Queryable,
  { config, now }: RegistryDeps,
  { accountId: owner, nonce }: SignedCall,
): Promise<Refusal | undefined> {
  const ttlMs = config.devAuthNonceTtlSeconds * 1000;
  const isFresh = await spendNonce(tx, { owner, nonce, nowMs: now(), ttlMs });
  return isFresh ? undefined : new Refusal('auth_nonce_replayed');
}
