import type { Command } from '../keymap/keymap.js';

const steps: Partial<Record<Command, (page: number) => number>> = {
  rowUp: () => -1,
  rowDown: () => 1,
  pageUp: (page) => -page,
  pageDown: (page) => page,
  first: () => Number.NEGATIVE_INFINITY,
  last: () => Number.POSITIVE_INFINITY,
};

export function isMove(command: Command): boolean {
  return command in steps;
}

/** The place a move leads to in a list of `count` rows. */
export function moveTo(
  command: Command,
  { place, count, page }: { place: number; count: number; page: number },
): number {
  const step = steps[command]?.(Math.max(1, page)) ?? 0;
  return Math.max(0, Math.min(count - 1, place + step));
}

/** The place of the chosen row; the first when it is gone. */
export function placeOf<Row>(rows: readonly Row[], isChosen: (row: Row) => boolean): number {
  return Math.max(0, rows.findIndex(isChosen));
}
