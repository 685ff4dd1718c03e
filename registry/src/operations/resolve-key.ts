import { Refusal, type ResolveKeyReply, type ResolveKeyRequest } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { isStorableText } from '../domain/storable-json.js';
import { wireTime } from '../domain/wire-time.js';
import { findPublicKey } from '../store/accounts.js';

/** The public key bound to an account. */
export async function resolveKey(deps: RegistryDeps, request: ResolveKeyRequest): Promise<ResolveKeyReply> {
  const account_id = request.account_id.trim();
  if (account_id === '') throw new Refusal('field_required', 'account_id is empty');
  const public_key = isStorableText(account_id) ? await findPublicKey(deps.database, account_id) : undefined;
  if (public_key === undefined) throw new Refusal('not_found', 'no key is on record for this account');
  return { account_id, public_key, resolved_at: wireTime(deps.now()) };
}
