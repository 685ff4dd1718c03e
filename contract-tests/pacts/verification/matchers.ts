import type { JsonValue } from '@agentnet/protocol';

/** The example as Pact wants it: types count everywhere, values at the JSON pointers in `exact`. */
export function matching(example: JsonValue, exact: readonly string[]): JsonValue {
  const known = new Set<string>();
  const content = { 'pact:matcher:type': 'type', value: mark(example, '', { exact: new Set(exact), known }) };
  const missing = exact.filter((pointer) => !known.has(pointer));
  if (missing.length > 0) throw new Error(`the example has nothing at ${missing.join(', ')}`);
  return content;
}

interface Marking {
  readonly exact: ReadonlySet<string>;
  readonly known: Set<string>;
}

function mark(value: JsonValue, at: string, marking: Marking): JsonValue {
  marking.known.add(at);
  if (marking.exact.has(at)) return { 'pact:matcher:type': 'equality', value };
  if (Array.isArray(value)) return value.map((item, index) => mark(item, `${at}/${index}`, marking));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, mark(field as JsonValue, `${at}/${name}`, marking)]),
  );
}
