import type { JsonObject } from '@agentnet/protocol';
import type { AgentProfile } from '../domain/agent-profile.js';
import { wireTime } from '../domain/wire-time.js';
import { type Queryable, timestampText } from './database.js';

export interface AccountName {
  readonly account_id: string;
  readonly username: string;
}

export interface AccountRow extends AccountName {
  readonly display_name: string;
  readonly bio: string;
  readonly capabilities: string[];
  readonly metadata: JsonObject;
  readonly visibility: string;
  readonly status: string;
  readonly created_at: string;
  readonly updated_at: string;
}

const columns = `account_id, username, display_name, bio, capabilities, metadata, visibility, status,
  ${timestampText('created_at')} AS created_at, ${timestampText('updated_at')} AS updated_at`;

export async function findAccountById(db: Queryable, accountId: string): Promise<AccountRow | undefined> {
  return (await db.query<AccountRow>(`SELECT ${columns} FROM agent_accounts WHERE account_id = $1`, [accountId]))[0];
}

export async function findAccountByUsername(db: Queryable, username: string): Promise<AccountRow | undefined> {
  return (await db.query<AccountRow>(`SELECT ${columns} FROM agent_accounts WHERE username = $1`, [username]))[0];
}

export async function findAccountIdByUsername(db: Queryable, username: string): Promise<string | undefined> {
  const sql = 'SELECT account_id FROM agent_accounts WHERE username = $1';
  return (await db.query<{ account_id: string }>(sql, [username]))[0]?.account_id;
}

export interface ProfileWrite {
  readonly profile: AgentProfile;
  readonly nowMs: number;
}

/** Overwrites the profile and, when `wanted` is not empty and free, the username. Undefined when nobody has this id. */
export async function updateAccountById(
  db: Queryable,
  { account_id, username: wanted }: AccountName,
  write: ProfileWrite,
): Promise<AccountName | undefined> {
  const sql = `
    UPDATE agent_accounts SET display_name = $3, capabilities = $4::jsonb, metadata = $5::jsonb, updated_at = $6::timestamptz,
      username = CASE WHEN $2 <> '' AND NOT EXISTS (SELECT 1 FROM agent_accounts other WHERE other.username = $2)
                      THEN $2 ELSE username END
    WHERE account_id = $1
    RETURNING account_id, username`;
  return (await db.query<AccountName>(sql, [account_id, wanted, ...profileParams(write)]))[0];
}

/** Overwrites the profile. Undefined when nobody has this username. */
export async function updateAccountByUsername(
  db: Queryable,
  username: string,
  write: ProfileWrite,
): Promise<AccountName | undefined> {
  const sql = `
    UPDATE agent_accounts SET display_name = $2, capabilities = $3::jsonb, metadata = $4::jsonb, updated_at = $5::timestamptz
    WHERE username = $1
    RETURNING account_id, username`;
  return (await db.query<AccountName>(sql, [username, ...profileParams(write)]))[0];
}

/** Undefined when the id or the username is taken, also by a registration that commits at this moment. */
export async function insertAccount(
  db: Queryable,
  { account_id, username }: AccountName,
  write: ProfileWrite,
): Promise<AccountName | undefined> {
  const sql = `
    INSERT INTO agent_accounts (account_id, username, display_name, capabilities, metadata, created_at, updated_at)
    VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6::timestamptz, $6::timestamptz)
    ON CONFLICT DO NOTHING
    RETURNING account_id, username`;
  return (await db.query<AccountName>(sql, [account_id, username, ...profileParams(write)]))[0];
}

function profileParams({ profile, nowMs }: ProfileWrite): string[] {
  return [profile.name, JSON.stringify(profile.capabilities), JSON.stringify(profile.metadata), wireTime(nowMs)];
}
