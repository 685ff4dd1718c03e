/** What one fault did to a network under load. */
export interface Outcome {
  readonly scenario: string;
  readonly database: 'PGlite' | 'Postgres';
  readonly registries: number;
  /** Put on the wire, repetitions of what was not confirmed included. */
  readonly sent: number;
  /** Stored by the stream, as far as its server confirmed it. */
  readonly accepted: number;
  readonly inHistory: number;
  /** Accepted and not in the history. */
  readonly lost: number;
  /** How many lost messages the metrics of the registries own up to. */
  readonly reportedLost: number;
  /** Ids in the history that nobody sent. */
  readonly invented: number;
  readonly wrongCounters: readonly string[];
  readonly calls: number;
  readonly failedDuring: number;
  readonly failedOtherwise: readonly string[];
  /** Registrations that were confirmed and are not on record as confirmed. */
  readonly accountsLost: number;
  /** Milliseconds from the end of the fault to the first answered call. */
  readonly answersAfterMs: number;
  /** Milliseconds from the end of the fault until everything accepted was on record. */
  readonly completeAfterMs: number;
}
