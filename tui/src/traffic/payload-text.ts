import type { JsonValue } from '@agentnet/protocol';
import { safeJson, sanitize } from '../text/sanitize.js';

/** Characters of a payload that are kept for people to read. */
export const keptTextLength = 4096;

/** Characters of a payload's JSON that are kept to be copied. */
export const keptJsonLength = 16_384;

/** A payload as people read it: a text as it is, an object's `text`, anything else as JSON. Sanitised. */
export function payloadText(payload: JsonValue): string {
  if (typeof payload === 'string') return sanitize(payload);
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  if (isObject && typeof payload['text'] === 'string') return sanitize(payload['text']);
  return safeJson(payload);
}

/** Cuts a text to a number of characters, never inside a surrogate pair. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
