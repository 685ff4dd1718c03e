import type { AgentNetError } from '../errors.js';

/** Text handed from one writer to one reader, piece by piece. Each piece is read once. */
export class TextFeed implements AsyncIterable<string> {
  /** The whole text; rejects when the stream fails. */
  readonly text: Promise<string>;
  readonly #unread: string[] = [];
  readonly #onLeft: () => void;
  #settleText: { resolve: (text: string) => void; reject: (error: AgentNetError) => void } | undefined;
  #error: AgentNetError | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  /** @param onLeft - the reader has stopped before the end */
  constructor(onLeft: () => void) {
    this.#onLeft = onLeft;
    this.text = new Promise((resolve, reject) => {
      this.#settleText = { resolve, reject };
    });
    // Who only iterates gets the error there.
    this.text.catch(() => undefined);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  write(piece: string): void {
    if (this.#isOver || piece === '') return;
    this.#unread.push(piece);
    this.#wake?.();
  }

  end(text: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settleText?.resolve(text);
    this.#wake?.();
  }

  fail(error: AgentNetError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#settleText?.reject(error);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    try {
      for (;;) {
        const piece = this.#unread.shift();
        if (piece !== undefined) yield piece;
        else if (this.#error) throw this.#error;
        else if (this.#isOver) return;
        else await this.#change();
      }
    } finally {
      if (!this.#isOver) this.#onLeft();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const others = this.#wake;
      this.#wake = () => {
        this.#wake = undefined;
        others?.();
        resolve();
      };
    });
  }
}
