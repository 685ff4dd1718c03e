import { is } from '@agentnet/protocol';
import { ValidationError } from '@agentnet/sdk/transport';
import { rebindPublicKey } from './store/account-keys.js';
import { type DatabaseOptions, openDatabase } from './store/database.js';

/** How the command is written. */
export const rebindUsage = 'Usage: agentnet-registry rebind-key <account id> <public key>';

/**
 * Binds a key to an account whatever was bound or revoked before: the operator vouches for it. Peers take it once what they remember is over, at most
 * `authKeyMissTtlMs` after a revocation.
 *
 * @param args - What follows `rebind-key` on the command line.
 * @throws {AgentNetError} `invalid_option`; `database_unavailable`, `data_dir_locked`
 */
export async function rebindKey(database: DatabaseOptions, args: readonly string[]): Promise<void> {
  const [accountId, publicKey, ...rest] = args;
  if (!is('AccountId', accountId) || !is('PublicKey', publicKey) || rest.length > 0)
    throw new ValidationError(
      'invalid_option',
      `${rebindUsage}; a public key has 43 letters, as in the agent's key file`,
    );
  const opened = await openDatabase(database);
  try {
    if (!(await rebindPublicKey(opened, accountId, publicKey)))
      throw new ValidationError('invalid_option', `no account ${accountId} is on record`);
  } finally {
    await opened.close();
  }
}
