import { decodeJson, type Receipt } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { AgentNetError } from '../errors.js';
import { Expectation } from '../expectation.js';

/** One message's wait for its first usable receipt. */
export interface AwaitedReceipt {
  readonly receipt: Expectation<Receipt>;
  /** Status of a receipt this version does not know; such receipts decide nothing. */
  unusableStatus?: string;
  /** Ends the wait; later receipts are ignored. */
  forget(): void;
}

const usable: ReadonlySet<string> = new Set(['accepted', 'processed', 'rejected']);

/** Hands the receipts of one account to whoever waits for them. Every session of the account hears all receipts; only the message id tells whose they are. */
export class ReceiptDesk {
  readonly #clock: Clock;
  readonly #awaited = new Map<string, AwaitedReceipt>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expect(messageId: string): AwaitedReceipt {
    const awaited: AwaitedReceipt = {
      receipt: new Expectation<Receipt>(this.#clock),
      forget: () => void this.#awaited.delete(messageId),
    };
    this.#awaited.set(messageId, awaited);
    return awaited;
  }

  /** Takes one body off the receipts subject. Malformed ones are ignored: anybody may publish there. */
  deliver(body: Uint8Array): void {
    if (this.#awaited.size === 0) return;
    const decoded = decodeJson('Receipt', body);
    if (!decoded.ok) return;
    const awaited = this.#awaited.get(decoded.value.message_id);
    if (!awaited) return;
    const status = wordOf(decoded.value.status);
    if (usable.has(status)) awaited.receipt.arrive({ ...decoded.value, status });
    else awaited.unusableStatus = decoded.value.status;
  }

  failAll(error: AgentNetError): void {
    for (const { receipt } of this.#awaited.values()) receipt.fail(error);
  }
}

/** Peers write statuses and codes in any case, with white space around. */
export function wordOf(text: string | null | undefined): string {
  return (text ?? '').trim().toLowerCase();
}
