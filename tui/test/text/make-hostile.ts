import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { is, type JsonValue, type SchemaName } from '@agentnet/protocol';
import { hostileText } from './hostile-text.js';

const examples = fileURLToPath(new URL('../../../spec/examples/', import.meta.url));

/** The typical example of a schema. */
export function exampleOf(schema: SchemaName): JsonValue {
  return JSON.parse(readFileSync(`${examples}/${schema}/valid-typical.json`, 'utf8')) as JsonValue;
}

/**
 * The same value with hostile text wherever its schema allows any: in every field that stays valid, and in the names of fields that
 * are free.
 */
export function makeHostile(schema: SchemaName, value: JsonValue, random: () => number): JsonValue {
  const root = { value: structuredClone(value) };
  const isValid = () => is(schema, root.value);
  const visit = (holder: Record<string, JsonValue>, name: string): void => {
    const before = holder[name] as JsonValue;
    if (typeof before === 'string') {
      holder[name] = hostileText(random);
      if (!isValid()) holder[name] = before;
      return;
    }
    if (typeof before !== 'object' || before === null) return;
    const inner = before as Record<string, JsonValue>;
    for (const key of Object.keys(inner)) visit(inner, key);
    if (Array.isArray(before)) return;
    // A map of free names, such as metadata, takes one more.
    const key = hostileText(random);
    inner[key] = structuredClone(Object.values(inner)[0] ?? hostileText(random));
    if (!isValid()) delete inner[key];
  };
  visit(root as unknown as Record<string, JsonValue>, 'value');
  return root.value;
}
