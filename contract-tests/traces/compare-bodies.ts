import type { Body } from '../kit/judge/captured-frame.js';
import type { Bindings } from './bindings.js';
import { compareValues } from './compare-values.js';
import { absent, type FieldDifference } from './difference.js';

/**
 * Compares what two frames carried. Of a truncated recording only the top-level keys are known. An answer on one side and
 * a refusal on the other are one difference, of the whole body.
 */
export function compareBodies(recorded: Body, ours: Body, bindings: Bindings): FieldDifference[] {
  if (isRefusal(recorded) !== isRefusal(ours))
    return [{ field: '', recorded: contentOf(recorded), ours: contentOf(ours) }];
  if (recorded.kind === 'json' && ours.kind === 'json') return compareValues(recorded.value, ours.value, bindings);
  if (recorded.kind === 'truncated' && ours.kind === 'json')
    return compareKeys(recorded.keys, Object.keys(ours.value ?? {}));
  return recorded.kind === ours.kind ? [] : [{ field: '', recorded: contentOf(recorded), ours: contentOf(ours) }];
}

/** The JSON value of a body, or what it is instead. */
export function contentOf(body: Body): unknown {
  return body.kind === 'json' ? body.value : body.kind;
}

function isRefusal(body: Body): boolean {
  return body.kind === 'json' && typeof body.value === 'object' && body.value !== null && 'error' in body.value;
}

function compareKeys(recorded: readonly string[], ours: readonly string[]): FieldDifference[] {
  return [
    ...recorded.filter((key) => !ours.includes(key)).map((key) => difference(key, 'present', absent)),
    ...ours.filter((key) => !recorded.includes(key)).map((key) => difference(key, absent, 'present')),
  ];
}

function difference(key: string, recorded: string, ours: string): FieldDifference {
  return { field: `/${key}`, recorded, ours };
}
