import { createHash } from 'node:crypto';
import { limits } from '@agentnet/protocol';
import { wireTime } from '../domain/wire-time.js';
import type { Queryable } from './database.js';

/** One use of a nonce. */
export interface NonceUse {
  /** Whose nonce it is; nonces of different owners do not meet. */
  readonly owner: string;
  readonly nonce: string;
  readonly nowMs: number;
  /** Milliseconds until it may be used again. */
  readonly ttlMs: number;
}

/** Spends a nonce, for every registry on this database. False when it was spent before. */
export async function spendNonce(db: Queryable, { owner, nonce, nowMs, ttlMs }: NonceUse): Promise<boolean> {
  const sql = `
    INSERT INTO agent_auth_nonces (owner, nonce, used_at) VALUES ($1, $2, $3::timestamptz)
    ON CONFLICT (owner, nonce) DO UPDATE SET used_at = EXCLUDED.used_at WHERE agent_auth_nonces.used_at <= $4::timestamptz
    RETURNING owner`;
  const digest = createHash('sha256').update(nonce).digest('hex');
  return (await db.query(sql, [owner, digest, wireTime(nowMs), wireTime(nowMs - ttlMs)])).length > 0;
}

/** Forgets one batch of the nonces spent before an instant; returns how many. */
export async function pruneNonces(db: Queryable, beforeMs: number): Promise<number> {
  const sql = `
    DELETE FROM agent_auth_nonces WHERE (owner, nonce) IN (
      SELECT owner, nonce FROM agent_auth_nonces WHERE used_at <= $1::timestamptz ORDER BY used_at LIMIT $2
    ) RETURNING 1`;
  return (await db.query(sql, [wireTime(beforeMs), limits.rowPruneBatch])).length;
}
