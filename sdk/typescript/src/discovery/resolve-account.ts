import { askRegistry, type OneShotOptions } from './ask-registry.js';

/**
 * The account id of a username.
 *
 * @param natsUrl - `nats://<token>@host:port`
 * @param username - Any form of it; the registry normalises.
 * @throws {AgentNetError} `not_found`, `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`, `cancelled`
 * @see spec operation `resolve_account`
 */
export async function resolveAccount(natsUrl: string, username: string, options: OneShotOptions = {}): Promise<string> {
  const { account_id } = await askRegistry(natsUrl, options, (registry, call) =>
    registry.resolveAccount({ username }, call),
  );
  return account_id;
}
