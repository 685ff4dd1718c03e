import { errorCodes, type Receipt } from '@agentnet/protocol';
import { RemoteError, TransportError } from '../errors.js';
import { type AwaitedReceipt, isDuplicate, wordOf } from './await-receipt.js';

/** The wait for the end of the work. */
export interface ProcessedWait {
  readonly messageId: string;
  readonly timeoutMs: number;
}

/**
 * The final receipt of a message whose first receipt says that it was taken. Spec: rules `send.processed`, `send.processed.duplicate`.
 *
 * @throws {AgentNetError} `processed_timeout`, `outcome_unknown`, `connection_closed`, `cancelled`
 */
export async function awaitProcessed(
  first: Receipt,
  { outcome }: AwaitedReceipt,
  { messageId, timeoutMs }: ProcessedWait,
): Promise<Receipt> {
  // The receipts of the message that used the key first carry its id, so that no final receipt will come for this one.
  if (isUsedKey(first)) {
    throw new RemoteError(
      'outcome_unknown',
      `another message with this idempotency key was accepted before ${messageId}; it is being handled or was handled`,
      { remoteCode: 'duplicate', remoteDetail: first.detail ?? '' },
    );
  }
  const last = await outcome.within(timeoutMs);
  if (last) return last;
  throw new TransportError(
    'processed_timeout',
    `${messageId} was accepted, but no final receipt came within ${timeoutMs} ms; it may still be handled`,
  );
}

function isUsedKey(receipt: Receipt): boolean {
  return isDuplicate(receipt) && wordOf(receipt.detail) === wordOf(errorCodes.duplicate.idempotency_detail);
}
