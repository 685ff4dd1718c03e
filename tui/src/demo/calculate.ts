import type { JsonObject, JsonValue } from '@agentnet/protocol';

const example = { action: 'add', x: 19, y: 23 };

/** What the calculator answers: `{result}`, or an error that says what it understands. */
export function calculate(payload: JsonValue): JsonObject {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return explain('the payload must be an object');
  }
  const { action, x, y } = payload;
  if (action !== 'add') return explain('action must be "add"');
  if (typeof x !== 'number' || typeof y !== 'number') return explain('x and y must be numbers');
  const result = x + y;
  return Number.isFinite(result) ? { result } : explain('the sum is too large for a number');
}

function explain(detail: string): JsonObject {
  return { error: 'bad_request', detail, example };
}
