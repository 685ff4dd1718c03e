import { formatInstant } from '@agentnet/protocol';

/** The registry's clock as replies and rows write it: UTC, microseconds, no fraction when it is zero. */
export function wireTime(epochMs: number): string {
  return formatInstant({ epochMs, micros: 0 });
}
