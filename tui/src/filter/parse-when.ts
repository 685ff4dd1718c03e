import { parseInstant } from '@agentnet/protocol';
import type { FilterValue } from './filter.js';

const age = /^(\d{1,6})(ms|s|m|h|d)$/i;
const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads an age such as `5m`, or an ISO 8601 instant; undefined for anything else. */
export function parseWhen(text: string): FilterValue | undefined {
  const [, count, unit = ''] = age.exec(text) ?? [];
  if (count !== undefined)
    return { type: 'age', ms: Number(count) * unitMs[unit.toLowerCase() as keyof typeof unitMs] };
  const instant = parseInstant(text);
  return instant && { type: 'instant', epochMs: instant.epochMs };
}

/** The instant a value of `since` or `until` stands for. */
export function whenOf(value: FilterValue, nowMs: number): number {
  if (value.type === 'age') return nowMs - value.ms;
  return value.type === 'instant' ? value.epochMs : Number.NaN;
}
