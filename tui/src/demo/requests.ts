import { isDeepStrictEqual } from 'node:util';
import { type JsonObject, type JsonValue, ProtocolError } from '@agentnet/protocol';
import { milliseconds } from '../output/milliseconds.js';
import { safeJson } from '../text/sanitize.js';
import type { Step } from './scene.js';

/** Asks one agent by its name, and expects what was sent. */
export const requestByUsername: Step = {
  title: 'A request to @echo, by username',
  perform({ cast, threadId, signal }) {
    const payload = { text: 'Is anybody there?', numbers: [1, 2.5, null] };
    return ask(payload, payload, () =>
      cast.guide.requestUsername({ username: cast.echo.username, payload, threadId, signal }),
    );
  },
};

/** Asks whoever offers the capability, and expects the sum. */
export const requestByCapability: Step = {
  title: 'A request to whoever offers "calculator"',
  perform({ cast, threadId, signal }) {
    const payload = { action: 'add', x: 19, y: 23 };
    return ask(payload, { result: 42 }, () =>
      cast.guide.requestCapability({ capability: 'calculator', payload, threadId, signal }),
    );
  },
};

async function ask(asked: JsonObject, expected: JsonObject, request: () => Promise<{ payload: JsonValue }>) {
  const startedAt = performance.now();
  const { payload } = await request();
  const ms = milliseconds(performance.now() - startedAt);
  if (!isDeepStrictEqual(payload, expected)) {
    throw new ProtocolError('invalid_reply', `expected ${safeJson(expected)}, got ${safeJson(payload)}`);
  }
  return {
    facts: { request: asked, reply: payload, reply_ms: ms },
    lines: [`asked     ${safeJson(asked)}`, `answered  ${safeJson(payload)} after ${ms} ms`],
  };
}
