import { type ConsumerPlace, type Gap, lostWithin } from '../domain/losses.js';
import type { Database } from './database.js';

/** A consumer and the life of it that its sequences belong to. */
export interface ConsumerLife {
  readonly stream: string;
  readonly consumerCreatedAt: string;
}

/**
 * Counts what is missing in a gap, unless another registry has: all of them see it. The row is locked meanwhile.
 *
 * @returns how many of the messages are counted by this call
 */
export async function countLosses(
  db: Database,
  { stream, consumerCreatedAt }: ConsumerLife,
  gap: Gap,
): Promise<number> {
  return db.transaction(async (tx) => {
    const key = [stream, consumerCreatedAt];
    await tx.query(
      `INSERT INTO agent_history_losses (stream, consumer_created_at, delivery_sequence, stream_sequence, lost)
       VALUES ($1, $2, $3, $4, 0) ON CONFLICT DO NOTHING`,
      [...key, gap.after.deliverySequence, gap.after.streamSequence],
    );
    const [examined] = await tx.query<ConsumerPlace>(
      `SELECT delivery_sequence AS "deliverySequence", stream_sequence AS "streamSequence" FROM agent_history_losses
       WHERE stream = $1 AND consumer_created_at = $2 FOR UPDATE`,
      key,
    );
    if (!examined || examined.streamSequence >= gap.upTo.streamSequence) return 0;
    const lost = lostWithin(gap, examined);
    await tx.query(
      `UPDATE agent_history_losses SET delivery_sequence = $3, stream_sequence = $4, lost = lost + $5
       WHERE stream = $1 AND consumer_created_at = $2`,
      [...key, gap.upTo.deliverySequence, gap.upTo.streamSequence, lost],
    );
    return lost;
  });
}
