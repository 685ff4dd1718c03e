import { Refusal, type ResolveAccountReply, type ResolveAccountRequest } from '@agentnet/protocol';
import type { RegistryDeps } from '../deps.js';
import { normalizeUsername } from '../domain/username.js';
import { wireTime } from '../domain/wire-time.js';

/** The account of a username, in whatever form it was typed. */
export async function resolveAccount(deps: RegistryDeps, request: ResolveAccountRequest): Promise<ResolveAccountReply> {
  const username = normalizeUsername(request.username);
  if (username === '') throw new Refusal('field_required', 'username holds no letter or digit');
  const account_id = await deps.lookups.accountIds.find(username);
  if (account_id === undefined) throw new Refusal('not_found', `nobody has the username ${username}`);
  return { account_id, username, resolved_at: wireTime(deps.now()) };
}
