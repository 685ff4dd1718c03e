import { setTimeout as pause } from 'node:timers/promises';

const firstPauseMs = 100;
const longestPauseMs = 5000;
/** About two minutes of failures without one success. */
const giveUpAfter = 30;

export interface Supervision {
  /** Told of each failure, before the pause. */
  onFailure(cause: unknown): void;
  /** Whether anything was done since the start before. */
  hasProgressed(): boolean;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` again and again, with pauses that grow while it only fails, until the signal.
 *
 * @throws the last failure when there was nothing else for about two minutes
 */
export async function superviseWriter(
  work: () => Promise<void>,
  { onFailure, hasProgressed, signal }: Supervision,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await work();
    } catch (cause) {
      if (signal.aborted) return;
      if (hasProgressed()) failures = 0;
      onFailure(cause);
      if (failures >= giveUpAfter) throw cause;
    }
    await pause(Math.min(firstPauseMs * 2 ** failures, longestPauseMs), undefined, { signal }).catch(() => {});
  }
}
