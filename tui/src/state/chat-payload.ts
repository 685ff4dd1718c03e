import type { JsonValue } from '@agentnet/protocol';

/** What typed text is sent as: JSON objects and lists as they are, anything else as `{ text }`. */
export function payloadOf(text: string): JsonValue {
  if (!/^\s*[[{]/.test(text)) return { text };
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    // A text may begin with a bracket.
    if (!(cause instanceof SyntaxError)) throw cause;
    return { text };
  }
}
