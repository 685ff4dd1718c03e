/** What a receipt says, and when it was heard. */
export interface HeardReceipt {
  readonly status?: string;
  readonly code?: string;
  readonly atMs: number;
}

/** Where one session stands with one message, as its receipts tell. */
type Standing = 'untouched' | 'accepted' | 'processed';

/** What the receipts of one session about one message amount to. */
export interface ReceiptStory {
  /** Receipts that could not come when they came. */
  readonly oddities: readonly string[];
  readonly standing: Standing;
  /** When the last `accepted` came. */
  readonly acceptedAtMs: number;
}

/**
 * Reads the receipts of one session about one message: `accepted`, then `processed` or `rejected`; a message that was rejected may
 * be accepted again when a copy comes; a `duplicate` may come at any time, and its message may be told later that the earlier one failed.
 */
export function readReceipts(
  receipts: readonly HeardReceipt[],
  { isCopied = false }: { isCopied?: boolean } = {},
): ReceiptStory {
  const oddities: string[] = [];
  let standing: Standing = 'untouched';
  let acceptedAtMs = 0;
  let isAttached = false;
  for (const { status = '', code = '', atMs } of receipts) {
    if (status === 'rejected' && code === 'duplicate') {
      isAttached = true;
      continue;
    }
    if (isCopied && standing === 'processed' && status === 'rejected' && beforeDuplicate.has(code)) continue;
    if (standing === 'processed') oddities.push(`${status} ${code} after processed`);
    else if (status === 'accepted') {
      if (standing === 'accepted') oddities.push('accepted twice');
      [standing, acceptedAtMs] = ['accepted', atMs];
    } else if (status === 'processed') {
      if (standing === 'untouched') oddities.push('processed without having been accepted');
      standing = 'processed';
    } else {
      if (standing === 'untouched' && !isAttached && afterAcceptance.has(code))
        oddities.push(`${code} without having been accepted`);
      standing = 'untouched';
    }
  }
  return { oddities, standing, acceptedAtMs };
}

/**
 * The receipts that a reply with a `parent_status` stands for: `accepted` only when the session has not said so in a receipt.
 * Spec: rule `receipt.with-reply`.
 */
export function statusesInReply(before: readonly HeardReceipt[]): readonly ('accepted' | 'processed')[] {
  return readReceipts(before).standing === 'accepted' ? ['processed'] : ['accepted', 'processed'];
}

/** A copy is refused so before anybody looks whether it is one. */
const beforeDuplicate: ReadonlySet<string> = new Set([
  'payload_too_large',
  'bad_message',
  'schema_version_invalid',
  'unsupported_schema_version',
  'shutting_down',
  'service_degraded',
  'missing_ttl',
  'expired',
]);

const afterAcceptance: ReadonlySet<string> = new Set(['handler_error', 'timeout']);
