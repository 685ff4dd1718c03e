/** The values of one statement, collected while its SQL is written. */
export class Statement {
  readonly params: unknown[] = [];

  /** @returns the placeholder of `value` */
  readonly bind = (value: unknown): string => `$${this.params.push(value)}`;
}
