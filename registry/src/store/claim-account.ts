import { makeAccountId, randomSuffix } from '../domain/ids.js';
import { conflictUsername, fallbackUsername } from '../domain/username.js';
import {
  type AccountName,
  insertAccount,
  type ProfileWrite,
  updateAccountById,
  updateAccountByUsername,
} from './accounts.js';
import type { Queryable } from './database.js';

/** Each attempt loses only to a registration that commits in between, so a handful is plenty. */
const ATTEMPTS = 20;

export interface AccountClaim extends ProfileWrite {
  /** The account to return to. */
  readonly accountId?: string | undefined;
  /** The normalised username asked for, or empty. */
  readonly username: string;
}

export interface ClaimedAccount extends AccountName {
  /** Whether the claim made it. */
  readonly made: boolean;
}

/**
 * Finds the account a registration or a hello claims, by id, else by username, else makes it; and writes its profile.
 * One username has one account whoever else claims at the same time, in this process or another.
 */
export async function claimAccount(db: Queryable, claim: AccountClaim): Promise<ClaimedAccount> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await findClaimed(db, claim);
    if (found) return { ...found, made: false };
    const inserted = await insertAccount(db, newAccountName(claim, attempt), claim);
    if (inserted) return { ...inserted, made: true };
  }
  throw new Error(`no free username after ${ATTEMPTS} attempts`);
}

async function findClaimed(db: Queryable, claim: AccountClaim): Promise<AccountName | undefined> {
  if (claim.accountId) {
    return updateAccountById(db, { account_id: claim.accountId, username: claim.username }, claim);
  }
  return claim.username === '' ? undefined : updateAccountByUsername(db, claim.username, claim);
}

function newAccountName({ accountId, username, nowMs }: AccountClaim, attempt: number): AccountName {
  const account_id = accountId || makeAccountId(nowMs);
  if (username === '') return { account_id, username: fallbackUsername(randomSuffix()) };
  const taken = attempt > 0 && accountId !== undefined;
  return { account_id, username: taken ? conflictUsername(username, randomSuffix()) : username };
}
