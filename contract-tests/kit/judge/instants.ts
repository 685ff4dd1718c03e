import { parseInstant } from '@agentnet/protocol';

/** Milliseconds since 1970 that a timestamp names; `NaN` for what is none. */
export function epochMsOf(value: unknown): number {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  return instant ? instant.epochMs + instant.micros / 1000 : Number.NaN;
}
