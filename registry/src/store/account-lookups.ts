import { type AccountKeys, findKeysOfAccounts, type Instants } from './account-keys.js';
import { findAccountIds } from './accounts.js';
import type { Queryable } from './database.js';
import { GatheredLookup } from './gathered-lookup.js';

/** What agents ask before they send or verify, often many at once. */
export interface AccountLookups {
  /** By normalised username. */
  readonly accountIds: GatheredLookup<string>;
  /** By account id. */
  readonly accountKeys: GatheredLookup<AccountKeys>;
}

/** @param instants - Read for each statement. */
export function accountLookups(database: Queryable, instants: () => Instants): AccountLookups {
  return {
    accountIds: new GatheredLookup((usernames) => findAccountIds(database, usernames)),
    accountKeys: new GatheredLookup((accountIds) => findKeysOfAccounts(database, accountIds, instants())),
  };
}
