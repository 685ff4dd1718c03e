import { Refusal, type ResolveKeyReply, type ResolveKeyRequest } from '@agentnet/protocol';
import { detachedScheme, devScheme } from '@agentnet/sdk/identity';
import type { RegistryDeps } from '../deps.js';
import { isStorableText } from '../domain/storable-json.js';
import { wireTime } from '../domain/wire-time.js';

/** The public key bound to an account, and the one it replaced while that still counts. */
export async function resolveKey(deps: RegistryDeps, request: ResolveKeyRequest): Promise<ResolveKeyReply> {
  const account_id = request.account_id.trim();
  if (account_id === '') throw new Refusal('field_required', 'account_id is empty');
  const keys = isStorableText(account_id) ? await deps.lookups.accountKeys.find(account_id) : undefined;
  if (!keys) throw new Refusal('not_found', 'no key is on record for this account');
  if (keys.is_revoked) throw new Refusal('auth_key_revoked', 'the key of this account was revoked');
  const { public_key, is_v2, previous_public_key, previous_valid_until } = keys;
  const reply: ResolveKeyReply = {
    account_id,
    public_key,
    resolved_at: wireTime(deps.now()),
    scheme: is_v2 ? detachedScheme : devScheme,
  };
  if (keys.previous_is_valid && previous_public_key !== null && previous_valid_until !== null)
    Object.assign(reply, { previous_public_key, previous_valid_until });
  return reply;
}
