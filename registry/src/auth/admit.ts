import { Refusal } from '@agentnet/protocol';
import { bindPublicKey, lockAccount } from '../store/account-keys.js';
import type { Queryable } from '../store/database.js';
import { DatabaseError } from '../store/database-error.js';
import { spendNonce } from '../store/nonces.js';
import type { AccountClaim, ClaimedAccount } from '../store/open-session.js';
import type { SignedRegistration } from './read-registration.js';

/** One signed registration on its way to an account. */
export interface Admission {
  readonly signed: SignedRegistration;
  readonly claim: AccountClaim;
  readonly nonceTtlMs: number;
}

/**
 * Decides whether a signer may have the account it claims, and spends the nonce. Nothing about the account is written.
 *
 * @returns the refusal that is to be committed: the nonce stays spent though the key is a wrong one; else whether the key of a known account, or how it signs, will be
 * another one
 * @throws {Refusal} `auth_…`
 */
export async function admit(
  tx: Queryable,
  { signed, claim, nonceTtlMs }: Admission,
): Promise<Refusal | { readonly isChange: boolean }> {
  const account = await lockAccount(tx, claim);
  const accountId = account?.account_id ?? claim.accountId;
  if (signed.accountId !== '' && signed.accountId !== accountId) throw new Refusal('auth_claims_account_mismatch');
  signed.requireGenuine();
  const { publicKey, nonce } = signed;
  // An account that is yet to be made has no id to remember the nonce by.
  const owner = account?.account_id ?? `key:${publicKey}`;
  if (!(await spendNonce(tx, { owner, nonce, nowMs: claim.nowMs, ttlMs: nonceTtlMs })))
    throw new Refusal('auth_nonce_replayed');
  if (account?.is_revoked) return new Refusal('auth_key_revoked');
  const bound = account?.public_key ?? publicKey;
  if (bound !== publicKey) return new Refusal('auth_public_key_mismatch');
  return { isChange: account !== undefined && account.key_scheme !== signed.scheme };
}

/** Binds the key to the account that was claimed, if none is bound yet. */
export async function bindKey(
  tx: Queryable,
  { account_id, made }: ClaimedAccount,
  { signed: { publicKey, nonce, scheme }, claim: { nowMs }, nonceTtlMs: ttlMs }: Admission,
): Promise<void> {
  if (made) await spendNonce(tx, { owner: account_id, nonce, nowMs, ttlMs });
  // Another registration bound its key since this one was admitted: start again and let `admit` see that.
  if (!(await bindPublicKey(tx, account_id, { publicKey, scheme })))
    throw new DatabaseError('conflict', 'the account got another key');
}
