import type { JsonValue } from '@agentnet/protocol';

/** Where the example has items and the message has none. For Pact an empty list is like any list. */
export function missingItems(example: JsonValue | undefined, message: unknown, at = ''): string[] {
  if (Array.isArray(example)) {
    if (!Array.isArray(message)) return [];
    if (example.length > 0 && message.length === 0) return [at];
    return example.flatMap((item, index) => missingItems(item, message[index], `${at}/${index}`));
  }
  if (typeof example !== 'object' || example === null || typeof message !== 'object' || message === null) return [];
  return Object.entries(example).flatMap(([name, field]) =>
    missingItems(field as JsonValue, Reflect.get(message, name), `${at}/${name}`),
  );
}
