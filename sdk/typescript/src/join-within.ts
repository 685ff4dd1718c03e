import type { Clock } from './clock.js';
import { AgentNetError, TransportError } from './errors.js';

/** How long joining may take. */
export interface StartOptions {
  /** Milliseconds until joining is given up. Minimum 50; the default is one connect and one register. @default 10_000 */
  timeoutMs?: number;
  /** Gives up with `cancelled`. */
  signal?: AbortSignal;
}

export interface JoinLimit {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

/**
 * Runs `join` with a signal that is aborted at the deadline, or by the caller.
 *
 * @throws {AgentNetError} `request_timeout` at the deadline; otherwise what `join` throws
 */
export async function joinWithin<T>(
  { timeoutMs, signal, clock }: JoinLimit,
  join: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController();
  let isLate = false;
  const cancelTimer = clock.after(timeoutMs, () => {
    isLate = true;
    giveUp.abort();
  });
  const cancel = () => giveUp.abort(signal?.reason);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await join(giveUp.signal);
  } catch (cause) {
    if (!isLate || !(cause instanceof AgentNetError)) throw cause;
    throw new TransportError('request_timeout', `joining took longer than ${timeoutMs} ms`, { cause });
  } finally {
    cancelTimer();
    signal?.removeEventListener('abort', cancel);
  }
}
