const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** A span of time in at most five characters: `340ms`, `2.5s`, `12s`, `3m`, `5h`, `2d`. */
export function spanText(ms: number): string {
  const rounded = Math.max(0, Math.round(ms));
  if (rounded < 1000) return `${rounded}ms`;
  if (rounded < 9950) return `${(rounded / 1000).toFixed(1)}s`;
  const [unit, size] = units.find(([, length]) => rounded >= length) ?? units[3];
  return `${Math.floor(rounded / size)}${unit}`;
}

/** Time of day, UTC as everything on the wire. */
export function timeText(epochMs: number): string {
  return isShowable(epochMs) ? new Date(epochMs).toISOString().slice(11, 19) : '--:--:--';
}

/** Day and time, UTC. */
export function instantText(epochMs: number): string {
  return isShowable(epochMs) ? `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC` : 'unknown';
}

/** Clocks of others may say anything. */
function isShowable(epochMs: number): boolean {
  return Number.isFinite(epochMs) && Math.abs(epochMs) <= 8.64e15;
}
