import { limits, type ReceiptStatus } from '@agentnet/protocol';
import type { Link } from '../connection/link.js';
import type { NatsTransport } from '../connection/nats-transport.js';
import { toAgentNetError } from '../connection/to-agentnet-error.js';
import type { AgentNetError } from '../errors.js';
import type { Place } from '../identity/detached-text.js';
import type { Sender } from '../outbox/build-message.js';
import { sealed } from '../outbox/seal.js';

/** What receipts are sent with. */
export interface ReceiptOutboxOptions {
  readonly link: Link;
  readonly sender: Sender;
  readonly onError: (error: AgentNetError) => void;
}

/** A receipt on its way out. */
export interface DueReceipt {
  readonly status: ReceiptStatus;
  readonly messageId: string;
  /** The account it is for. */
  readonly accountId: string;
  readonly place: Place;
  /** Whether the message has been replied to: whoever waits for anything has that. */
  readonly isAnswered: boolean;
}

/** A receipt that a reply may make needless. */
export interface LateReceipt extends Pick<DueReceipt, 'status' | 'accountId'> {
  /** Whether the reply says the same. */
  isTold(): boolean;
  make(): DueReceipt;
}

/** Sends one session's receipts. Nobody can be told of a failure here: the message's sender will see its own timeout. */
export class ReceiptOutbox {
  readonly #options: ReceiptOutboxOptions;
  #unsigned: (() => DueReceipt | undefined)[] = [];
  #owed: DueReceipt[] = [];

  constructor(options: ReceiptOutboxOptions) {
    this.#options = options;
  }

  send(receipt: DueReceipt): void {
    if (this.#isSignedLater(receipt)) this.#signLater(() => receipt);
    else this.#publish(receipt);
  }

  /** Sends a receipt in its turn, unless a reply says the same by then. */
  sendUnless(receipt: LateReceipt): void {
    const make = () => (receipt.isTold() ? undefined : receipt.make());
    if (this.#isSignedLater(receipt)) this.#signLater(make);
    else
      this.#options.link.later(() => {
        const due = make();
        return due && this.#sealed(due);
      });
  }

  #isSignedLater({ status, accountId }: Pick<DueReceipt, 'status' | 'accountId'>): boolean {
    const { signer } = this.#options.sender;
    // Signing takes as long as the rest of the work on a message, and nobody waits for a receipt as for the reply of a handler that returns at once.
    // Peers of the first scheme get `accepted` in front of the reply, as they always did.
    return signer !== undefined && (status === 'processed' || signer.knowsDetached(accountId));
  }

  #signLater(make: () => DueReceipt | undefined): void {
    if (this.#unsigned.push(make) === 1) this.#options.link.afterwards(this.#signAll);
  }

  #sealed({ place }: DueReceipt): Parameters<NatsTransport['publish']> {
    return [place.subject, place.body, sealed(this.#options.sender, 'receipt', place)];
  }

  /** The connection is back: sends the final receipts that became due meanwhile. Spec: rule `receipt.final.reconnect`. */
  settle(): void {
    const owed = this.#owed;
    this.#owed = [];
    for (const receipt of owed) this.#publish(receipt);
  }

  /** The final receipt of a message says whether that was replied to; its first one is beside it if the handler returned at once. */
  readonly #signAll = (): void => {
    const unsigned = this.#unsigned.map((make) => make()).filter((receipt) => receipt !== undefined);
    this.#unsigned = [];
    const answered = new Set(unsigned.filter(({ isAnswered }) => isAnswered).map(({ messageId }) => messageId));
    for (const receipt of unsigned) {
      if (answered.has(receipt.messageId)) this.#ride(receipt);
      else this.#publish(receipt);
    }
  };

  #publish(receipt: DueReceipt): void {
    this.#trying(receipt, (published) => this.#options.link.transport.publish(...published));
  }

  #ride(receipt: DueReceipt): void {
    this.#trying(receipt, (published) => this.#options.link.ride(published, () => this.#owe(receipt)));
  }

  #trying(receipt: DueReceipt, publish: (published: Parameters<NatsTransport['publish']>) => void): void {
    const { onError } = this.#options;
    try {
      publish(this.#sealed(receipt));
    } catch (cause) {
      const error = toAgentNetError(cause);
      if (error.code !== 'connection_closed') onError(error);
      else this.#owe(receipt);
    }
  }

  #owe(receipt: DueReceipt): void {
    if (receipt.status === 'accepted') return;
    this.#owed.push(receipt);
    if (this.#owed.length > limits.owedReceiptsMax) this.#owed.shift();
  }
}
