import { formatInstant, parseInstant, Refusal } from '@agentnet/protocol';
import { canonicalJson } from '@agentnet/sdk/identity';
import { decodePythonBase64 } from './python-base64.js';

/** The place of a row in a list ordered by time, then id. */
export interface TimePlace {
  readonly id: string;
  /** In the wire's form. */
  readonly time: string;
}

/** The names the two parts have inside a cursor; they differ so that no query takes another's cursor. */
export interface CursorNames {
  readonly id: string;
  readonly time: string;
}

export const messageCursor: CursorNames = { id: 'message_id', time: 'sent_at' };
export const threadCursor: CursorNames = { id: 'thread_id', time: 'last_message_at' };

/** The cursor form of the protocol's first version: padded base64url of compact ASCII JSON. */
export function encodeCursor({ id, time }: CursorNames, place: TimePlace): string {
  const compact = canonicalJson(JSON.stringify({ [id]: place.id, [time]: place.time }));
  return Buffer.from(compact).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** Undefined when `cursor` is not one that `encodeCursor` made, or could have. */
export function decodeCursor(names: CursorNames, cursor: string): TimePlace | undefined {
  const bytes = decodePythonBase64(cursor);
  const value = bytes && parseObject(bytes);
  if (!value) return undefined;
  const id = textOf(value[names.id]);
  const time = value[names.time];
  const instant = typeof time === 'string' ? parseInstant(time.trim()) : undefined;
  if (!id || !instant) return undefined;
  return { id, time: formatInstant(instant) };
}

export interface CursorRequest {
  cursor?: string | null;
  strict_cursor?: boolean | null;
}

/**
 * Where the page begins; undefined is page one, which older clients also get for a bad cursor.
 *
 * @throws {Refusal} `cursor_invalid` when the client asked for strictness
 */
export function readCursor(
  names: CursorNames,
  { cursor, strict_cursor: strict }: CursorRequest,
): TimePlace | undefined {
  if (!cursor) return undefined;
  const place = decodeCursor(names, cursor);
  if (!place && strict) throw new Refusal('cursor_invalid', 'the cursor is not one this query returned');
  return place;
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** An id as text; empty for one no database could hold. */
function textOf(value: unknown): string {
  if (typeof value === 'number') return value === 0 ? '' : String(value);
  const isStorable = typeof value === 'string' && !value.includes('\u0000') && !/\p{Surrogate}/u.test(value);
  return isStorable ? value : '';
}
