import { type JsonObject, type JsonValue, parseInstant } from '@agentnet/protocol';
import type { Bindings } from './bindings.js';
import { absent, type FieldDifference } from './difference.js';
import { cursorContent, idGrammar, timestampPattern } from './id-grammar.js';
import { pairRows, rowKey } from './pair-rows.js';

/** Measurements: present with the recorded type, their values are this run's own. */
const measured = [/^\/latency_ms\/[^/]+\//, /^\/handlers\/[^/]+\//, /^\/db_write_queue\/size$/];

/**
 * Compares two JSON values: same keys, same types, same order of rows, equal values. Ids and cursors are equal when they
 * are bound to each other; timestamps that were not bound are this run's clock and only have to be timestamps.
 */
export function compareValues(recorded: JsonValue, ours: JsonValue, bindings: Bindings, field = ''): FieldDifference[] {
  if (measured.some((pattern) => pattern.test(field)) && typeof recorded === typeof ours) return [];
  if (typeof recorded === 'string' && typeof ours === 'string') return compareTexts(recorded, ours, bindings, field);
  if (Array.isArray(recorded) && Array.isArray(ours)) return compareLists(recorded, ours, bindings, field);
  if (isObject(recorded) && isObject(ours)) return compareObjects(recorded, ours, bindings, field);
  return recorded === ours ? [] : [{ field, recorded, ours }];
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function compareTexts(recorded: string, ours: string, bindings: Bindings, field: string): FieldDifference[] {
  const same = bindings.translate(recorded) === ours || isSameInstant(recorded, ours, bindings);
  if (same || bindCursors(recorded, ours, bindings) || bindIds(recorded, ours, bindings)) return [];
  return [{ field, recorded, ours }];
}

function isSameInstant(recorded: string, ours: string, bindings: Bindings): boolean {
  if (!timestampPattern.test(recorded) || !timestampPattern.test(ours)) return false;
  const bound = bindings.get(recorded);
  if (bound === undefined) return true;
  const [expected, actual] = [parseInstant(bound), parseInstant(ours)];
  return expected?.epochMs === actual?.epochMs && expected?.micros === actual?.micros;
}

function bindCursors(recorded: string, ours: string, bindings: Bindings): boolean {
  // Clients that strip the padding get the first page for ever, so it is part of the format.
  if (recorded.length % 4 !== ours.length % 4) return false;
  const [expected, actual] = [cursorContent(recorded), cursorContent(ours)];
  if (!expected || !actual || compareObjects(expected, actual, bindings, '').length > 0) return false;
  return bindings.bind(recorded, ours);
}

function bindIds(recorded: string, ours: string, bindings: Bindings): boolean {
  const grammar = idGrammar(recorded);
  return grammar !== undefined && grammar === idGrammar(ours) && bindings.bind(recorded, ours);
}

function compareObjects(recorded: JsonObject, ours: JsonObject, bindings: Bindings, field: string): FieldDifference[] {
  const names = new Set([...Object.keys(recorded), ...Object.keys(ours)]);
  return [...names].flatMap((name) => {
    const [before, after, path] = [recorded[name], ours[name], `${field}/${name}`];
    if (before === undefined || after === undefined) {
      return [{ field: path, recorded: orAbsent(before), ours: orAbsent(after) }];
    }
    return compareValues(before, after, bindings, path);
  });
}

function orAbsent(value: JsonValue | undefined): JsonValue {
  return value === undefined ? absent : value;
}

function compareLists(recorded: JsonValue[], ours: JsonValue[], bindings: Bindings, field: string): FieldDifference[] {
  const key = rowKey(recorded, ours);
  if (key !== undefined) return compareRows({ recorded, ours, key }, bindings, field);
  if (recorded.length !== ours.length) return [{ field, recorded, ours }];
  return recorded.flatMap((value, index) => compareValues(value, ours[index] ?? null, bindings, `${field}/${index}`));
}

interface Rows {
  readonly recorded: readonly JsonValue[];
  readonly ours: readonly JsonValue[];
  readonly key: string;
}

function compareRows({ recorded, ours, key }: Rows, bindings: Bindings, field: string): FieldDifference[] {
  const { pairs, missing, extra } = pairRows([recorded, ours], key, bindings);
  const isSorted = pairs.every(([, at], index) => index === 0 || at > (pairs[index - 1]?.[1] ?? -1));
  const order = pairs.map(([, at]) => at);
  return [
    ...[...missing].map(([index, name]) => ({ field: `${field}/${index}`, recorded: name, ours: absent })),
    ...[...extra].map(([index, name]) => ({ field: `${field}/${index}`, recorded: absent, ours: name })),
    ...(isSorted ? [] : [{ field, recorded: 'rows in this order', ours: order }]),
    ...pairs.flatMap(([index, at]) =>
      compareValues(recorded[index] ?? null, ours[at] ?? null, bindings, `${field}/${index}`),
    ),
  ];
}
