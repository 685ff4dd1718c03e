/** Stands for a field, row, reply or frame that one side lacks. */
export const absent = '(absent)';

/** One place where our traffic differs from the recording. */
export interface Difference {
  readonly scenario: string;
  /** Number of the recorded frame; for a frame only we have, the recorded one it follows. */
  readonly frame: number;
  /** JSON pointer into the body; `subject`, `reply` or `frame` for what is around it; `history` for its being on record. */
  readonly field: string;
  readonly recorded: unknown;
  readonly ours: unknown;
}

/** The part of a difference that the comparison of two bodies finds. */
export type FieldDifference = Pick<Difference, 'field' | 'recorded' | 'ours'>;

export function describeDifference({ scenario, frame, field, recorded, ours }: Difference): string {
  return `${scenario} frame ${frame} ${field || 'body'}: recorded ${show(recorded)}, ours ${show(ours)}`;
}

function show(value: unknown): string {
  return value === absent ? absent : (JSON.stringify(value) ?? String(value)).slice(0, 300);
}
