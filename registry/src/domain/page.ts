import { limits } from '@agentnet/protocol';

/** 0 and absent mean the default, everything else is clamped; the reply says what was used. */
export function effectiveLimit(asked: number | null | undefined, initial: number, most: number): number {
  return asked ? Math.min(Math.max(asked, limits.pageLimitMin), most) : initial;
}

export interface Page<Row> {
  readonly rows: Row[];
  /** The last row of this page, when more follow. */
  readonly last?: Row;
}

/**
 * Cuts `rows` to at most `limit` and to what fits one reply. Callers read one row more than `limit`, so that the last page is known.
 * The first row always fits: a profile is capped far below the budget.
 */
export function cutPage<Row>(rows: readonly Row[], limit: number): Page<Row> {
  let bytes = 0;
  const kept: Row[] = [];
  for (const row of rows.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    if (bytes > limits.replyBudgetBytes && kept.length > 0) break;
    kept.push(row);
  }
  const last = kept.at(-1);
  return kept.length < rows.length && last !== undefined ? { rows: kept, last } : { rows: kept };
}
