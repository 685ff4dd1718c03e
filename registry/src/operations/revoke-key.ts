import { type CallContext, Refusal, type RevokeKeyReply, type RevokeKeyRequest } from '@agentnet/protocol';
import { readKeyCall, spendCallNonce } from '../auth/read-key-call.js';
import type { RegistryDeps } from '../deps.js';
import { wireTime } from '../domain/wire-time.js';
import { onlineCutoffMs } from '../presence/online-cutoff.js';
import { findAccountKeys, revokePreviousKey, revokePublicKey } from '../store/account-keys.js';
import type { Queryable } from '../store/database.js';

/** Withdraws a key of an account: the present one, or the one it replaced. Only the present one may ask for it. */
export async function revokeKey(
  deps: RegistryDeps,
  request: RevokeKeyRequest,
  call: CallContext,
): Promise<RevokeKeyReply> {
  const signed = readKeyCall(deps, request.account_id, call, 'revoke');
  const { account_id, public_key } = request;
  const nowMs = deps.now();
  const change = { account_id, public_key, signer: signed.publicKey };
  const outcome = await deps.database.transaction(
    async (tx) => (await spendCallNonce(tx, deps, signed)) ?? (await revoke(tx, deps, change)),
  );
  if (outcome instanceof Refusal) throw outcome;
  if (outcome === 'revoked') {
    deps.log.warn({ event: 'key_revoked', account_id, present: public_key === signed.publicKey });
    deps.announceKeyChange(account_id);
  }
  return { account_id, public_key, changed_at: wireTime(nowMs) };
}

async function revoke(
  tx: Queryable,
  deps: RegistryDeps,
  { account_id, public_key, signer }: RevokeKeyRequest & { signer: string },
): Promise<Refusal | 'revoked' | 'was-revoked'> {
  const nowMs = deps.now();
  const isRevoked =
    public_key === signer
      ? await revokePublicKey(tx, account_id, { publicKey: public_key, nowMs })
      : await revokePreviousKey(tx, account_id, { present: signer, previous: public_key });
  if (isRevoked) return 'revoked';
  const keys = await findAccountKeys(tx, account_id, { nowMs, cutoffMs: onlineCutoffMs(deps) });
  if (!keys) return new Refusal('auth_key_not_found', 'no key is bound to this account');
  if (keys.public_key !== signer) return new Refusal('auth_public_key_mismatch');
  if (keys.is_revoked && public_key === signer) return 'was-revoked';
  return keys.is_revoked
    ? new Refusal('auth_key_revoked')
    : new Refusal('bad_request', 'public_key is no key of this account');
}
