import { limits, type ReceiptStatus } from '@agentnet/protocol';
import type { Link } from '../connection/link.js';
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

/** Sends one session's receipts. Nobody can be told of a failure here: the message's sender will see its own timeout. */
export class ReceiptOutbox {
  readonly #options: ReceiptOutboxOptions;
  #owed: Place[] = [];

  constructor(options: ReceiptOutboxOptions) {
    this.#options = options;
  }

  /** @param accountId - Whom it is for. */
  send(status: ReceiptStatus, accountId: string, place: Place): void {
    const { link, sender } = this.#options;
    // Signing takes as long as the rest of the work on a message, and nobody waits for a receipt as for the reply of a handler that returns at once.
    // Peers of the first scheme get `accepted` in front of the reply, as they always did.
    const isLater = sender.signer && (status === 'processed' || sender.signer.knowsDetached(accountId));
    if (isLater) link.afterwards(() => this.#publish(status, place));
    else this.#publish(status, place);
  }

  /** The connection is back: sends the final receipts that became due meanwhile. Spec: rule `receipt.final.reconnect`. */
  settle(): void {
    const owed = this.#owed;
    this.#owed = [];
    for (const place of owed) this.#publish('processed', place);
  }

  #publish(status: ReceiptStatus, place: Place): void {
    const { link, sender, onError } = this.#options;
    try {
      link.transport.publish(place.subject, place.body, sealed(sender, 'receipt', place));
    } catch (cause) {
      const error = toAgentNetError(cause);
      if (error.code !== 'connection_closed') onError(error);
      else if (status !== 'accepted') this.#owe(place);
    }
  }

  #owe(place: Place): void {
    this.#owed.push(place);
    if (this.#owed.length > limits.owedReceiptsMax) this.#owed.shift();
  }
}
