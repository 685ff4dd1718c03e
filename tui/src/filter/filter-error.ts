import { ProtocolError } from '@agentnet/protocol';

/** A filter that cannot be read, with the place in the text where it goes wrong. */
export class FilterError extends ProtocolError {
  override readonly name = 'FilterError';

  /**
   * @param source - The filter as typed.
   * @param at - Index in `source` of the first wrong character, and how many are wrong: at least 1, also at the end of the text.
   * @param reason - What is wrong and what would be right.
   */
  constructor(
    readonly source: string,
    readonly at: { readonly position: number; readonly length: number },
    readonly reason: string,
  ) {
    super('invalid_option', `filter, character ${at.position + 1}: ${reason}`);
  }

  /** The filter with carets under what is wrong, on two lines. */
  get marked(): string {
    const { position, length } = this.at;
    return `${this.source.replaceAll(/\s/g, ' ')}\n${' '.repeat(position)}${'^'.repeat(length)}`;
  }
}
