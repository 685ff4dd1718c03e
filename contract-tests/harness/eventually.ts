import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

export interface EventuallyOptions<T> {
  /** What ends the wait. @default any truthy value */
  until?: (value: T) => boolean;
  /** Milliseconds before it gives up. @default 10_000 */
  timeoutMs?: number;
  /** Names the awaited thing in the failure. */
  what?: string;
}

const pollIntervalMs = 20;

/**
 * Reads until the value satisfies `until` and returns it. A read that throws counts as "not yet".
 *
 * @throws Error with the last value, or the last failure, when the deadline passes
 */
export async function eventually<T>(read: () => T | Promise<T>, options: EventuallyOptions<T> = {}): Promise<T> {
  const { until = Boolean, timeoutMs = 10_000, what = 'the expected value' } = options;
  const deadline = Date.now() + timeoutMs;
  let last: { value: T } | { failure: unknown } | undefined;
  do {
    try {
      const value = await read();
      if (until(value)) return value;
      last = { value };
    } catch (failure) {
      last = { failure };
    }
    await pause(pollIntervalMs);
  } while (Date.now() < deadline);
  throw new Error(`${what} did not come within ${timeoutMs} ms; last: ${describe(last)}`, {
    cause: last && 'failure' in last ? last.failure : undefined,
  });
}

/** Like `eventually`, until the value equals `expected`. */
export function eventuallyEqual<T>(
  read: () => T | Promise<T>,
  expected: T,
  options: Omit<EventuallyOptions<T>, 'until'> = {},
): Promise<T> {
  return eventually(read, {
    ...options,
    what: options.what ?? describe({ value: expected }),
    until: (value) => isDeepStrictEqual(value, expected),
  });
}

function describe(last: { value: unknown } | { failure: unknown } | undefined): string {
  if (!last) return 'nothing';
  return 'value' in last ? (JSON.stringify(last.value) ?? 'undefined').slice(0, 2000) : `failed with ${last.failure}`;
}
