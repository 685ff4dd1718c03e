import { setTimeout as pause } from 'node:timers/promises';
import { AgentNetError } from '@agentnet/sdk/transport';
import type { Logger } from 'pino';

const firstPauseMs = 100;
const longestPauseMs = 2000;

export interface Readiness {
  /** Whether the failure can pass by itself. */
  isPassing(cause: unknown): boolean;
  readonly waitMs: number;
  readonly log: Logger;
}

/**
 * Repeats `open` while the NATS server restarts or its JetStream is not ready yet.
 *
 * @throws what `open` failed with when that does not pass by itself; `history_unavailable` after `waitMs`
 */
export async function untilReady<T>(open: () => Promise<T>, { isPassing, waitMs, log }: Readiness): Promise<T> {
  const endMs = performance.now() + waitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await open();
    } catch (cause) {
      if (!isPassing(cause)) throw cause;
      if (performance.now() >= endMs) throw neverReady(cause, waitMs);
      log.warn({ event: 'history_waits', err: cause }, 'the NATS server or its JetStream is not ready; trying again');
    }
    await pause(pauseMs);
  }
}

function neverReady(cause: unknown, waitMs: number): AgentNetError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AgentNetError(
    'history_unavailable',
    `the NATS server was not ready within ${waitMs / 1000} s (${reason}); see that it runs, then start the registry again`,
    { cause },
  );
}
