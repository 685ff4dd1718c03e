import { Refusal } from '@agentnet/protocol';
import { isStorableText } from './storable-json.js';

export type CursorPart = string | number;

/** Opaque to clients: base64url of the JSON array of the last row's sort key. */
export function encodeRowCursor(key: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

export interface CursorRequest {
  cursor?: string | null;
  strict_cursor?: boolean | null;
}

/**
 * The sort key after which the page begins; undefined is page one, which older clients also get for a bad cursor.
 *
 * @param shape - `typeof` of each part of the key.
 * @throws {Refusal} `cursor_invalid` when the client asked for strictness
 */
export function readRowCursor(
  { cursor, strict_cursor }: CursorRequest,
  shape: readonly ('string' | 'number')[],
): CursorPart[] | undefined {
  if (!cursor) return undefined;
  const key = parseKey(cursor);
  if (Array.isArray(key) && key.length === shape.length && key.every((part, at) => fits(part, shape[at]))) return key;
  if (strict_cursor) throw new Refusal('cursor_invalid', 'the cursor is not one this query returned');
  return undefined;
}

function fits(part: unknown, type: 'string' | 'number' | undefined): boolean {
  if (type === 'number') return Number.isSafeInteger(part);
  return typeof part === 'string' && isStorableText(part);
}

function parseKey(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
