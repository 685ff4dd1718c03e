import { limits, Refusal } from '@agentnet/protocol';
import { type CursorRequest, readRowCursor } from './row-cursor.js';
import { isStorableText } from './storable-json.js';

/** Where a walk over accounts stands. */
export interface SearchPlace {
  /** Marks of the accounts that were returned in the order of presence: wherever they are now, they must not come again. */
  readonly shown: readonly number[];
  /** The walk goes on by username after this one; undefined while it goes by presence. */
  readonly after: string | undefined;
}

/** An account's mark has so many bytes: two of a million accounts are taken for each other in one of a million walks. */
const markBytes = 6;
/** Neither part has one. */
const separator = '.';

export const firstPlace: SearchPlace = { shown: [], after: undefined };

/** Opaque to clients: the marks in base64url, and behind a dot the username. */
export function encodeSearchCursor({ shown, after }: SearchPlace): string {
  const marks = Buffer.alloc(shown.length * markBytes);
  for (const [index, mark] of shown.entries()) marks.writeUIntBE(mark, index * markBytes, markBytes);
  const username = after === undefined ? '' : Buffer.from(`@${after}`).toString('base64url');
  return `${marks.toString('base64url')}${separator}${username}`;
}

/**
 * Where the page begins; page one without a cursor, which older clients also get for a bad one.
 *
 * @throws {Refusal} `cursor_invalid` when the client asked for strictness
 */
export function readSearchCursor({ cursor, strict_cursor }: CursorRequest): SearchPlace {
  if (!cursor) return firstPlace;
  const place = parsePlace(cursor);
  if (place) return place;
  if (strict_cursor) throw new Refusal('cursor_invalid', 'the cursor is not one this query returned');
  return firstPlace;
}

function parsePlace(cursor: string): SearchPlace | undefined {
  const [marks = '', name, ...rest] = cursor.split(separator);
  if (name === undefined) return placeOfOlderRegistry(cursor);
  if (rest.length > 0) return undefined;
  const bytes = Buffer.from(marks, 'base64url');
  const username = Buffer.from(name, 'base64url').toString();
  const isOwn = bytes.length % markBytes === 0 && bytes.length <= limits.searchWalkByPresenceMax * markBytes;
  if (!isOwn || bytes.toString('base64url') !== marks) return undefined;
  if (username !== '' && !(username.startsWith('@') && isStorableText(username))) return undefined;
  const shown = Array.from({ length: bytes.length / markBytes }, (_, index) =>
    bytes.readUIntBE(index * markBytes, markBytes),
  );
  return { shown, after: username === '' ? undefined : username.slice(1) };
}

/** Registries of the version before say the number of online sessions and the username of the last account: enough to come to an end. */
function placeOfOlderRegistry(cursor: string): SearchPlace | undefined {
  const [sessions, username] = readRowCursor({ cursor }, ['number', 'string']) ?? [];
  if (typeof username !== 'string') return undefined;
  return { shown: [], after: sessions === 0 ? username : '' };
}
