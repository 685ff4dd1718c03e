/** A duration for people, rounded to tenths. */
export function milliseconds(ms: number): number {
  return Math.round(ms * 10) / 10;
}
