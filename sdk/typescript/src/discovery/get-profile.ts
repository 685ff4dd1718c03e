import type { Profile, ProfileRequest } from '@agentnet/protocol';
import { parseTarget } from '../outbox/resolve-target.js';
import { askRegistry, type OneShotOptions } from './ask-registry.js';

/**
 * One account with its online sessions.
 *
 * @param natsUrl - `nats://<token>@host:port`
 * @param target - `account:<id>`, `acct_…`, `username:<name>`, `@name` or a bare name
 * @throws {AgentNetError} `not_found`, `invalid_target`, `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`,
 * `cancelled`
 * @see spec operation `profile`
 */
export async function getProfile(natsUrl: string, target: string, options: OneShotOptions = {}): Promise<Profile> {
  const request = profileRequest(target);
  const { profile } = await askRegistry(natsUrl, options, (registry, call) => registry.profile(request, call));
  return profile;
}

/** @throws {ValidationError} `invalid_target` */
export function profileRequest(target: string): ProfileRequest {
  const named = parseTarget(target);
  return 'accountId' in named ? { account_id: named.accountId } : { username: named.username };
}
