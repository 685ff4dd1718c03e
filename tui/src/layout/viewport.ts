/** The first row to show, so that the chosen one is in the middle where that is possible. */
export function windowStart(count: number, chosen: number, height: number): number {
  const last = Math.max(0, count - height);
  return Math.min(last, Math.max(0, chosen - Math.floor(height / 2)));
}
