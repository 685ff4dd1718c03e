import {
  type CallContext,
  headers,
  limits,
  Refusal,
  type RotateKeyReply,
  type RotateKeyRequest,
} from '@agentnet/protocol';
import { headerOf, readSignedCall, requireNonce } from '../auth/read-header.js';
import { readKeyCall, spendCallNonce } from '../auth/read-key-call.js';
import type { RegistryDeps } from '../deps.js';
import { wireTime } from '../domain/wire-time.js';
import { onlineCutoffMs } from '../presence/online-cutoff.js';
import { type AccountKeys, findAccountKeys, replacePublicKey } from '../store/account-keys.js';

/** Replaces the key of an account: the old key asks for it, the new one agrees. */
export async function rotateKey(
  deps: RegistryDeps,
  request: RotateKeyRequest,
  call: CallContext,
): Promise<RotateKeyReply> {
  const signed = readKeyCall(deps, request.account_id, call, 'rotate');
  requireProof(deps, request, call);
  const { account_id, new_public_key: to } = request;
  const from = signed.publicKey;
  if (from === to) throw new Refusal('bad_request', 'new_public_key is the present key');
  const nowMs = deps.now();
  const instants = { nowMs, cutoffMs: onlineCutoffMs(deps) };
  const graceUntilMs = nowMs + limits.authKeyGraceSeconds * 1000;
  const outcome = await deps.database.transaction(async (tx) => {
    const replayed = await spendCallNonce(tx, deps, signed);
    if (replayed) return replayed;
    const isReplaced = await replacePublicKey(tx, account_id, { from, to, graceUntilMs });
    const keys = await findAccountKeys(tx, account_id, instants);
    return keys?.public_key === to && keys.previous_public_key === from && !keys.is_revoked
      ? { keys, isReplaced }
      : refusalOf(keys);
  });
  if (outcome instanceof Refusal) throw outcome;
  if (outcome.isReplaced) {
    deps.log.info({ event: 'key_rotated', account_id });
    deps.announceKeyChange(account_id);
  }
  return {
    account_id,
    public_key: to,
    previous_public_key: from,
    previous_valid_until: outcome.keys.previous_valid_until ?? wireTime(nowMs),
    changed_at: wireTime(nowMs),
  };
}

/** The new key's owner has to say the same: nobody can bind a key that is not theirs. */
function requireProof(
  { config, now }: RegistryDeps,
  { account_id, new_public_key }: RotateKeyRequest,
  call: CallContext,
): void {
  const text = headerOf(call, headers.keyProof);
  if (text === undefined) throw new Refusal('auth_proof_invalid', `header ${headers.keyProof} is missing`);
  const context = { purpose: 'rotate', nowMs: now(), maxSkewSeconds: config.devAuthMaxSkewSeconds } as const;
  try {
    const proof = readSignedCall(text, call.message, context);
    requireNonce(proof);
    if (proof.publicKey !== new_public_key || proof.accountId !== account_id)
      throw new Refusal('auth_proof_invalid', 'it is by another key or for another account');
  } catch (cause) {
    if (cause instanceof Refusal) throw new Refusal('auth_proof_invalid', cause.detail ?? cause.code);
    throw cause;
  }
}

function refusalOf(keys: AccountKeys | undefined): Refusal {
  if (!keys) return new Refusal('auth_key_not_found', 'no key is bound to this account');
  return keys.is_revoked ? new Refusal('auth_key_revoked') : new Refusal('auth_public_key_mismatch');
}
