import type { RegistryClient } from '@agentnet/protocol';
import { ValidationError } from './errors.js';

/** Whoever knows the registry; asked for it with each page, because an agent may join later than the query is made. */
export interface RegistrySource {
  readonly registry: RegistryClient;
}

/** How one page is fetched and read. */
export interface PageSource<Page, Row> {
  /**
   * Asks for one page.
   *
   * @param cursor - `next_cursor` of the page before; absent for the first one
   */
  fetch(cursor: string | undefined): Promise<Page>;
  /** Where the next page begins; null or undefined after the last one. */
  cursorOf(page: Page): string | null | undefined;
  /** What the page holds, in its order. */
  rowsOf(page: Page): readonly Row[];
}

/**
 * The answer to a query that may have many pages. `await` it for the first page, walk it with `for await` for all of them, or walk `rows()`.
 * Nothing is asked before one of these happens.
 */
export class Pages<Page, Row> implements PromiseLike<Page>, AsyncIterable<Page> {
  readonly #source: PageSource<Page, Row>;
  readonly #start: string | undefined;

  /** @param start - where to begin; absent for the beginning */
  constructor(source: PageSource<Page, Row>, start?: string) {
    this.#source = source;
    this.#start = start;
  }

  /** The first page. */
  // biome-ignore lint/suspicious/noThenProperty: a query is awaited like any call, and walked where one page is not enough.
  then<A = Page, B = never>(
    onPage?: ((page: Page) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#source.fetch(this.#start).then(onPage, onError);
  }

  /**
   * Every page, each fetched when it is wanted.
   *
   * @throws {AgentNetError} `invalid_reply` when a registry gives the same cursor twice, and as the query
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Page, void, undefined> {
    let cursor = this.#start;
    do {
      const page = await this.#source.fetch(cursor);
      yield page;
      const next = this.#source.cursorOf(page) ?? undefined;
      if (next !== undefined && next === cursor)
        throw new ValidationError('invalid_reply', 'the registry gave the same cursor twice');
      cursor = next;
    } while (cursor !== undefined);
  }

  /** Every row of every page. */
  async *rows(): AsyncGenerator<Row, void, undefined> {
    for await (const page of this) yield* this.#source.rowsOf(page);
  }
}
