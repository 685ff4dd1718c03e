import { limits, subjectPatterns } from '@agentnet/protocol';
import { type Queryable, timestampText } from './database.js';

/** What one receiver reported about one message, so far. Instants as text; those of the network, not of the receiver. */
export interface NewReceipt {
  readonly message_id: string;
  /** The sender of the message. */
  readonly to_account_id: string;
  /** The account that reports. */
  readonly from_account_id: string;
  readonly status: 'accepted' | 'processed' | 'rejected';
  /** Only with `rejected`. */
  readonly code: string | null;
  readonly received_at: string;
}

const columnTypes = {
  message_id: 'text',
  to_account_id: 'text',
  from_account_id: 'text',
  status: 'text',
  code: 'text',
  received_at: 'timestamptz',
} satisfies Record<keyof NewReceipt, string>;

const columns = Object.keys(columnTypes) as (keyof NewReceipt)[];
const arrays = Object.values(columnTypes).map((type, index) => `$${index + 1}::${type}[]`);

/**
 * Of several rejections the first counts that is no `duplicate`: those answer retries. Earliest times win everywhere, so that the result
 * does not depend on the order or the number of deliveries. Sorted, so that registries side by side take their locks in one order.
 */
const mergeSql = `
  WITH incoming AS (
    SELECT * FROM unnest(${arrays.join(', ')}) AS t(${columns.join(', ')})
  ), merged AS (
    SELECT message_id, to_account_id, from_account_id, min(received_at) AS first_at,
      min(received_at) FILTER (WHERE status = 'accepted') AS accepted_at,
      min(received_at) FILTER (WHERE status = 'processed') AS processed_at,
      (array_agg(received_at ORDER BY code = 'duplicate' NULLS FIRST, received_at, code) FILTER (WHERE status = 'rejected'))[1] AS rejected_at,
      (array_agg(code ORDER BY code = 'duplicate' NULLS FIRST, received_at, code) FILTER (WHERE status = 'rejected'))[1] AS code
    FROM incoming GROUP BY message_id, to_account_id, from_account_id
  )
  INSERT INTO agent_receipts AS known (message_id, to_account_id, from_account_id, accepted_at, processed_at, rejected_at, code, first_at)
  SELECT message_id, to_account_id, from_account_id, accepted_at, processed_at, rejected_at, code, first_at FROM merged
  ORDER BY message_id COLLATE "C", to_account_id COLLATE "C", from_account_id COLLATE "C"
  ON CONFLICT (message_id, to_account_id, from_account_id) DO UPDATE SET
    accepted_at = least(known.accepted_at, excluded.accepted_at),
    processed_at = least(known.processed_at, excluded.processed_at),
    (rejected_at, code) = (
      SELECT at, why FROM (VALUES (known.rejected_at, known.code), (excluded.rejected_at, excluded.code)) AS rejections(at, why)
      ORDER BY at IS NULL, why = 'duplicate' NULLS FIRST, at, why LIMIT 1),
    first_at = least(known.first_at, excluded.first_at)
  WHERE (excluded.accepted_at < known.accepted_at OR known.accepted_at IS NULL AND excluded.accepted_at IS NOT NULL)
    OR (excluded.processed_at < known.processed_at OR known.processed_at IS NULL AND excluded.processed_at IS NOT NULL)
    OR excluded.rejected_at IS NOT NULL AND (excluded.rejected_at, excluded.code) IS DISTINCT FROM (known.rejected_at, known.code)`;

/** Merges receipts into what is known, in any order, any number of times. */
export async function recordReceipts(db: Queryable, receipts: readonly NewReceipt[]): Promise<void> {
  await db.query(
    mergeSql,
    columns.map((column) => receipts.map((receipt) => receipt[column])),
    { planName: 'record_receipts' },
  );
}

const [inboxStart = '', inboxEnd = ''] = subjectPatterns.accountInbox.split('*');
const anyCapability = subjectPatterns.capability.replace('>', '%');

/** Whether the receipt `receipt` counts for the message `message`. Spec: rule `history.receipts.recipient`. */
const isOfReceiver = `receipt.message_id = message.message_id AND receipt.to_account_id = message.from_account_id
  AND (message.subject = '${inboxStart}' || receipt.from_account_id || '${inboxEnd}' OR message.subject LIKE '${anyCapability}')`;

/**
 * SQL that joins what its receiver reported to each row of a table or query aliased `message`, as `delivery`: `status`, `code`,
 * `accepted_at`, `processed_at` and `rejected_at` as text, all null when nobody reported. One index look-up for each row.
 */
export const deliveryJoin = `LEFT JOIN LATERAL (
    SELECT receipt.status, ${timestampText('receipt.accepted_at')} AS accepted_at,
      ${timestampText('receipt.processed_at')} AS processed_at,
      CASE WHEN receipt.status = 'rejected' THEN ${timestampText('receipt.rejected_at')} END AS rejected_at,
      CASE WHEN receipt.status = 'rejected' THEN receipt.code END AS code
    FROM agent_receipts AS receipt WHERE ${isOfReceiver}
    ORDER BY receipt.first_at, receipt.from_account_id LIMIT 1
  ) AS delivery ON true`;

/** Deletes one batch of receipts whose message is not, or no longer, on record. */
export async function pruneReceipts(db: Queryable, cutoffMs: number): Promise<number> {
  const sql = `
    WITH orphans AS (
      SELECT ctid FROM agent_receipts AS receipt WHERE first_at < $1::timestamptz
        AND NOT EXISTS (SELECT 1 FROM agent_messages AS message WHERE message.message_id = receipt.message_id)
      LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM agent_receipts WHERE ctid IN (SELECT ctid FROM orphans) RETURNING 1
    )
    SELECT count(*) AS pruned FROM gone`;
  const [row] = await db.query<{ pruned: number }>(sql, [new Date(cutoffMs).toISOString(), limits.receiptPruneBatch]);
  return row?.pruned ?? 0;
}
