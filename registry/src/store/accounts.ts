import type { JsonObject } from '@agentnet/protocol';
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
  return (
    await db.query<AccountRow>(`SELECT ${columns} FROM agent_accounts WHERE account_id = $1`, [accountId], {
      planName: 'account_by_id',
    })
  )[0];
}

export async function findAccountByUsername(db: Queryable, username: string): Promise<AccountRow | undefined> {
  return (
    await db.query<AccountRow>(`SELECT ${columns} FROM agent_accounts WHERE username = $1`, [username], {
      planName: 'account_by_username',
    })
  )[0];
}

export async function findAccountIdByUsername(db: Queryable, username: string): Promise<string | undefined> {
  const sql = 'SELECT account_id FROM agent_accounts WHERE username = $1';
  return (await db.query<{ account_id: string }>(sql, [username]))[0]?.account_id;
}

/** The account ids of those usernames that somebody has. */
export async function findAccountIds(db: Queryable, usernames: readonly string[]): Promise<Map<string, string>> {
  const sql = 'SELECT username, account_id FROM agent_accounts WHERE username = ANY($1::text[])';
  const rows = await db.query<AccountName>(sql, [usernames], { planName: 'account_ids' });
  return new Map(rows.map((row) => [row.username, row.account_id]));
}
