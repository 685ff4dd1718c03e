import { detachedScheme } from '@agentnet/sdk/identity';
import { wireTime } from '../domain/wire-time.js';
import { type Queryable, timestampText } from './database.js';

/** The keys of one account. */
export interface AccountKeys {
  readonly account_id: string;
  readonly public_key: string;
  readonly key_scheme: string | null;
  readonly is_revoked: boolean;
  /** The key that was replaced; it may be out of its grace period. */
  readonly previous_public_key: string | null;
  readonly previous_valid_until: string | null;
  readonly previous_is_valid: boolean;
  /** Whether every session that is online, and the last registration, signed with `ed25519-v2`. */
  readonly is_v2: boolean;
}

/** A present instant, and since when sessions count as online. */
export interface Instants {
  readonly nowMs: number;
  readonly cutoffMs: number;
}

/** Undefined when no key is bound to the account, or nobody has this id. */
export async function findAccountKeys(
  db: Queryable,
  accountId: string,
  instants: Instants,
): Promise<AccountKeys | undefined> {
  return (await findKeysOfAccounts(db, [accountId], instants)).get(accountId);
}

/** The keys of those accounts that have one. */
export async function findKeysOfAccounts(
  db: Queryable,
  accountIds: readonly string[],
  { nowMs, cutoffMs }: Instants,
): Promise<Map<string, AccountKeys>> {
  const sql = `
    SELECT a.account_id, a.public_key, a.key_scheme, a.key_revoked_at IS NOT NULL AS is_revoked, a.previous_public_key,
           ${timestampText('a.previous_key_until')} AS previous_valid_until,
           coalesce(a.previous_key_until > $2::timestamptz, false) AS previous_is_valid,
           a.key_scheme IS NOT DISTINCT FROM $4 AND NOT EXISTS (
             SELECT 1 FROM agent_sessions s
             WHERE s.account_id = a.account_id AND s.status = 'online' AND s.last_seen >= $3::timestamptz
               AND s.auth_scheme IS DISTINCT FROM $4
           ) AS is_v2
    FROM agent_accounts a WHERE a.account_id = ANY($1::text[]) AND a.public_key IS NOT NULL`;
  const rows = await db.query<AccountKeys>(sql, [accountIds, wireTime(nowMs), wireTime(cutoffMs), detachedScheme], {
    planName: 'account_keys',
  });
  return new Map(rows.map((row) => [row.account_id, row]));
}

/** The account a claim leads to and its key, held until the transaction ends. */
export async function lockAccount(
  db: Queryable,
  { accountId, username }: { accountId?: string | undefined; username: string },
): Promise<
  { account_id: string; public_key: string | null; key_scheme: string | null; is_revoked: boolean } | undefined
> {
  const column = accountId ? 'account_id' : 'username';
  const sql = `
    SELECT account_id, public_key, key_scheme, key_revoked_at IS NOT NULL AS is_revoked
    FROM agent_accounts WHERE ${column} = $1 FOR UPDATE`;
  return (
    await db.query<{ account_id: string; public_key: string | null; key_scheme: string | null; is_revoked: boolean }>(
      sql,
      [accountId || username],
    )
  )[0];
}

/** Binds the first key, and notes how its owner signs. False when another key is bound or it was revoked. */
export async function bindPublicKey(
  db: Queryable,
  accountId: string,
  { publicKey, scheme }: { publicKey: string; scheme: string },
): Promise<boolean> {
  const sql = `
    UPDATE agent_accounts SET public_key = $2, key_scheme = $3
    WHERE account_id = $1 AND (public_key IS NULL OR public_key = $2) AND key_revoked_at IS NULL
    RETURNING account_id`;
  return (await db.query(sql, [accountId, publicKey, scheme])).length > 0;
}

/** One key in place of another, if that is still the present one: of several at once, one wins. */
export async function replacePublicKey(
  db: Queryable,
  accountId: string,
  { from, to, graceUntilMs }: { from: string; to: string; graceUntilMs: number },
): Promise<boolean> {
  const sql = `
    UPDATE agent_accounts SET public_key = $3, previous_public_key = $2, previous_key_until = $4::timestamptz
    WHERE account_id = $1 AND public_key = $2 AND key_revoked_at IS NULL
    RETURNING account_id`;
  return (await db.query(sql, [accountId, from, to, wireTime(graceUntilMs)])).length > 0;
}

/** Withdraws the present key, and the one it replaced; the account's sessions end. */
export async function revokePublicKey(
  db: Queryable,
  accountId: string,
  { publicKey, nowMs }: { publicKey: string; nowMs: number },
): Promise<boolean> {
  const sql = `
    WITH revoked AS (
      UPDATE agent_accounts SET key_revoked_at = $3::timestamptz, previous_public_key = NULL, previous_key_until = NULL
      WHERE account_id = $1 AND public_key = $2 AND key_revoked_at IS NULL
      RETURNING account_id
    ), ended AS (
      UPDATE agent_sessions s SET status = 'offline', disconnected_at = $3::timestamptz
      FROM revoked r WHERE s.account_id = r.account_id AND s.status = 'online'
    )
    SELECT account_id FROM revoked`;
  return (await db.query(sql, [accountId, publicKey, wireTime(nowMs)])).length > 0;
}

/** Ends the grace period of the key that was replaced. */
export async function revokePreviousKey(
  db: Queryable,
  accountId: string,
  { present, previous }: { present: string; previous: string },
): Promise<boolean> {
  const sql = `
    UPDATE agent_accounts SET previous_public_key = NULL, previous_key_until = NULL
    WHERE account_id = $1 AND public_key = $2 AND previous_public_key = $3 AND key_revoked_at IS NULL
    RETURNING account_id`;
  return (await db.query(sql, [accountId, present, previous])).length > 0;
}

/** Binds a key whatever was bound before: the operator's word. False when nobody has this id. */
export async function rebindPublicKey(db: Queryable, accountId: string, publicKey: string): Promise<boolean> {
  const sql = `
    UPDATE agent_accounts
    SET public_key = $2, key_scheme = NULL, key_revoked_at = NULL, previous_public_key = NULL, previous_key_until = NULL
    WHERE account_id = $1
    RETURNING account_id`;
  return (await db.query(sql, [accountId, publicKey])).length > 0;
}
