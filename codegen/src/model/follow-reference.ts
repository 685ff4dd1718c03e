import { valueAt } from '../load/json-pointer.js';

/** Follows `$ref`s of the bundle until something that is none; undefined when one leads nowhere or in a circle. */
export function followReference(document: unknown, start: unknown): unknown {
  let value = start;
  for (let steps = 0; steps < 16; steps++) {
    const ref = (value as { $ref?: unknown } | null | undefined)?.$ref;
    if (typeof ref !== 'string') return value;
    value = valueAt(document, decodeURIComponent(ref.slice(1)));
  }
  return undefined;
}

/** The component schema a message (or a reference to one) carries. */
export function payloadName(document: unknown, message: unknown): string | undefined {
  const payload = (followReference(document, message) as { payload?: { $ref?: unknown } } | undefined)?.payload;
  return schemaName(payload?.$ref);
}

/** `#/components/schemas/Message` -> `Message`. */
export function schemaName(ref: unknown): string | undefined {
  return typeof ref === 'string' ? /^#\/components\/schemas\/([^/]+)$/.exec(ref)?.[1] : undefined;
}
