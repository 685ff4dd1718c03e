import { decodeJson, type Receipt } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { AgentNetError } from '../errors.js';
import { Expectation } from '../expectation.js';

/** One message's wait for its receipts. */
export interface AwaitedReceipt {
  /** The first usable receipt: it decides whether the message was taken. */
  readonly receipt: Expectation<Receipt>;
  /** The receipt that ended the work: `processed`, or a rejection of what had been accepted. */
  readonly outcome: Expectation<Receipt>;
  /** Status of a receipt this version does not know; such receipts decide nothing. */
  readonly unusableStatus?: string;
  /** Ends the wait; later receipts are ignored. */
  forget(): void;
}

const usable: ReadonlySet<string> = new Set(['accepted', 'processed', 'rejected']);

/** Hands the receipts of one account to whoever waits for them. Every session of the account hears all receipts; only the message id tells whose they are. */
export class ReceiptDesk {
  readonly #clock: Clock;
  readonly #awaited = new Map<string, Awaited>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param accountId - Whose receipts count; absent for a capability, where any account may answer. */
  expect(messageId: string, accountId?: string): AwaitedReceipt {
    const awaited = new Awaited(this.#clock, accountId, () => void this.#awaited.delete(messageId));
    this.#awaited.set(messageId, awaited);
    return awaited;
  }

  /** Takes one body off the receipts subject. Malformed ones are ignored: anybody may publish there. */
  deliver(body: Uint8Array): void {
    if (this.#awaited.size === 0) return;
    const decoded = decodeJson('Receipt', body);
    if (decoded.ok) this.#awaited.get(decoded.value.message_id)?.take(decoded.value);
  }

  failAll(error: AgentNetError): void {
    for (const { receipt, outcome } of this.#awaited.values()) {
      receipt.fail(error);
      outcome.fail(error);
    }
  }
}

class Awaited implements AwaitedReceipt {
  readonly receipt: Expectation<Receipt>;
  readonly outcome: Expectation<Receipt>;
  readonly forget: () => void;
  unusableStatus?: string;
  readonly #accountId: string | undefined;
  /** Sessions that accepted a copy and have not given it back. Copies of one message can reach several sessions of an account. */
  readonly #holders = new Set<string>();
  #wasAccepted = false;

  constructor(clock: Clock, accountId: string | undefined, forget: () => void) {
    this.receipt = new Expectation(clock);
    this.outcome = new Expectation(clock);
    this.#accountId = accountId;
    this.forget = forget;
  }

  take(given: Receipt): void {
    if (this.#isForeign(given)) return;
    const receipt = { ...given, status: wordOf(given.status) };
    if (!usable.has(receipt.status)) {
      this.unusableStatus = given.status;
      return;
    }
    if (receipt.status === 'accepted') this.#hold(receipt);
    if (receipt.status === 'processed' || this.#endsTheWork(receipt)) this.outcome.arrive(receipt);
    this.receipt.arrive(receipt);
  }

  /** Older peers may leave the account out; whoever names one must be the addressee. */
  #isForeign({ from_account_id }: Receipt): boolean {
    return Boolean(from_account_id) && this.#accountId !== undefined && from_account_id !== this.#accountId;
  }

  #hold(receipt: Receipt): void {
    this.#wasAccepted = true;
    this.#holders.add(holderOf(receipt));
  }

  /** A rejection by a session that holds no copy says nothing about the session that does. */
  #endsTheWork(receipt: Receipt): boolean {
    if (receipt.status !== 'rejected' || isDuplicate(receipt)) return false;
    const held = this.#holders.delete(holderOf(receipt));
    return this.#holders.size === 0 && (held || !this.#wasAccepted);
  }
}

function holderOf({ from_account_id, from_session_tag }: Receipt): string {
  return `${from_account_id ?? ''} ${from_session_tag ?? ''}`;
}

/** Whether the receiver says that it took an earlier copy, or another message with the same idempotency key. */
export function isDuplicate({ status, code }: Receipt): boolean {
  return status === 'rejected' && wordOf(code) === 'duplicate';
}

/** Peers write statuses and codes in any case, with white space around. */
export function wordOf(text: string | null | undefined): string {
  return (text ?? '').trim().toLowerCase();
}
