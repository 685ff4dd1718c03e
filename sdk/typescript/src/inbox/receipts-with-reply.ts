/**
 * The receipts of one request whose sender reads them from its reply: decided when the reply leaves, because a handler that has replied can still
 * fail. Spec: rules `receipt.with-reply`, `receipt.with-reply.true`.
 */
export class ReceiptsWithReply {
  /** The latest reply that has been given and has not left. */
  #waiting: object | undefined;
  /** The reply that says `processed`. */
  #telling: object | undefined;

  /** @param onLost - Hears that the reply which told them was lost with the connection. */
  constructor(readonly onLost: () => void) {}

  /** Whether a reply says what the receipts would. */
  get isTold(): boolean {
    return this.#telling !== undefined;
  }

  /**
   * A reply was given.
   *
   * @returns To be called when it leaves: whether it says that the request was processed.
   */
  give(): () => boolean {
    const reply = {};
    this.#waiting = reply;
    return () => {
      if (this.#waiting === reply) this.#waiting = undefined;
      return this.#telling === reply;
    };
  }

  /** The handler has returned; a reply that has not left says so. */
  finish(): void {
    this.#telling = this.#waiting;
  }
}
