import { decodeJson, type Receipt } from '@agentnet/protocol';
import type { Clock } from '../clock.js';
import type { NatsMessage } from '../connection/nats-transport.js';
import type { AgentNetError } from '../errors.js';
import { Expectation } from '../expectation.js';
import type { AuthCode, MessageVerifier } from '../identity/message-verifier.js';
import type { OnForged } from './forged.js';

/** One message's wait for its receipts. */
export interface AwaitedReceipt {
  /** The first usable receipt: it decides whether the message was taken. */
  readonly receipt: Expectation<Receipt>;
  /** The receipt that ended the work: `processed`, or a rejection of what had been accepted. */
  readonly outcome: Expectation<Receipt>;
  /** Status of a receipt this version does not know; such receipts decide nothing. */
  readonly unusableStatus?: string;
  /** Verifies what has come and was not to be verified at once. */
  verify(): Promise<void>;
  /** Ends the wait; later receipts are ignored. */
  forget(): void;
}

/** How receipts are waited for. */
export interface ReceiptWait {
  /**
   * When the signatures of receipts are looked at. A requester who only wants to know whether anybody is there saves the work when the reply comes first.
   * @default 'at-once'
   */
  readonly verified?: 'at-once' | 'when-asked';
}

/** With dev auth on, what receipts are verified with. */
export interface ReceiptGuard {
  readonly verifier: MessageVerifier;
  readonly onForged: OnForged;
}

/** More receipts of one message than its recipient can have sent for a reason. */
const mostUnverified = 32;

const idName = '"message_id"';
/** An id without escapes, in ASCII. */
const onlyId = /"message_id"\s*:\s*"([\w-]*)"/;

const usable: ReadonlySet<string> = new Set(['accepted', 'processed', 'rejected']);

/** Hands the receipts of one account to whoever waits for them. Every session of the account hears all receipts; only the message id tells whose they are. */
export class ReceiptDesk {
  readonly #clock: Clock;
  readonly #guard: ReceiptGuard | undefined;
  readonly #awaited = new Map<string, Awaited>();
  /** How many of them wait for nothing but the receipt. */
  #urgent = 0;
  #arrived: NatsMessage[] = [];

  /** @param guard - With it, receipts that are not genuine do not count. */
  constructor(clock: Clock, guard?: ReceiptGuard) {
    this.#clock = clock;
    this.#guard = guard;
  }

  /** @param accountId - Whose receipts count; absent for a capability, where any account may answer. */
  expect(messageId: string, accountId?: string, { verified = 'at-once' }: ReceiptWait = {}): AwaitedReceipt {
    const weight = verified === 'at-once' ? 1 : 0;
    const forget = () => {
      if (this.#awaited.get(messageId) === awaited && this.#awaited.delete(messageId)) this.#urgent -= weight;
    };
    const awaited = new Awaited({ clock: this.#clock, guard: this.#guard, accountId, verified, forget });
    this.#awaited.set(messageId, awaited);
    this.#urgent += weight;
    return awaited;
  }

  /** Takes one body off the receipts subject. Malformed ones are ignored: anybody may publish there. */
  deliver(raw: NatsMessage): void {
    if (this.#urgent > 0) this.#take(raw);
    // A reply that is read together with its receipts ends the wait for them, and then they need not be looked at.
    else if (this.#awaited.size > 0 && this.#arrived.push(raw) === 1) setImmediate(this.#look);
  }

  readonly #look = (): void => {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const raw of arrived) if (this.#awaited.size > 0 && this.#mayBeAwaited(raw)) this.#take(raw);
  };

  #take(raw: NatsMessage): void {
    const decoded = decodeJson('Receipt', raw.body);
    if (decoded.ok) this.#awaited.get(decoded.value.message_id)?.deliver({ receipt: decoded.value, raw });
  }

  /** Whether it is worth reading: a plain text that says one id which nobody waits for is not. */
  #mayBeAwaited({ body }: NatsMessage): boolean {
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
    const [, id] = onlyId.exec(text) ?? [];
    return id === undefined || this.#awaited.has(id) || text.indexOf(idName) !== text.lastIndexOf(idName);
  }

  failAll(error: AgentNetError): void {
    for (const { receipt, outcome } of this.#awaited.values()) {
      receipt.fail(error);
      outcome.fail(error);
    }
  }
}

interface Delivered {
  readonly receipt: Receipt;
  readonly raw: NatsMessage;
}

interface AwaitedOptions {
  readonly clock: Clock;
  readonly guard: ReceiptGuard | undefined;
  readonly accountId: string | undefined;
  readonly verified: 'at-once' | 'when-asked';
  readonly forget: () => void;
}

class Awaited implements AwaitedReceipt {
  readonly receipt: Expectation<Receipt>;
  readonly outcome: Expectation<Receipt>;
  readonly forget: () => void;
  unusableStatus?: string;
  readonly #accountId: string | undefined;
  readonly #guard: ReceiptGuard | undefined;
  readonly #unverified: Delivered[] | undefined;
  /** Sessions that accepted a copy and have not given it back. Copies of one message can reach several sessions of an account. */
  readonly #holders = new Set<string>();
  #wasAccepted = false;

  constructor({ clock, guard, accountId, verified, forget }: AwaitedOptions) {
    this.receipt = new Expectation(clock);
    this.outcome = new Expectation(clock);
    this.#accountId = accountId;
    this.#guard = guard;
    this.#unverified = verified === 'when-asked' ? [] : undefined;
    this.forget = forget;
  }

  deliver(delivered: Delivered): void {
    if (this.#isForeign(delivered.receipt)) return;
    if (!this.#guard) this.#take(delivered.receipt);
    else if (!this.#unverified) void this.#verify(this.#guard, delivered);
    else if (this.#unverified.length < mostUnverified) this.#unverified.push(delivered);
  }

  async verify(): Promise<void> {
    const guard = this.#guard;
    if (guard) await Promise.all((this.#unverified?.splice(0) ?? []).map((one) => this.#verify(guard, one)));
  }

  /** A promise only while a key is looked up; receipts of one session stay in order. */
  #verify({ verifier, onForged }: ReceiptGuard, { receipt, raw }: Delivered): void | Promise<void> {
    const settle = (code: AuthCode | undefined) => {
      if (code) onForged({ what: 'receipt', messageId: receipt.message_id, code });
      else this.#take(receipt);
    };
    const code = verifier.refusalForReceipt(receipt, raw, this.#accountId);
    return code instanceof Promise ? code.then(settle) : settle(code);
  }

  #take(given: Receipt): void {
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
