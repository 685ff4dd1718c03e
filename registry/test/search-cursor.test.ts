import { limits } from '@agentnet/protocol';
import { describe, expect, test } from 'vitest';
import { encodeRowCursor } from '../src/domain/row-cursor.js';
import { encodeSearchCursor, firstPlace, readSearchCursor, type SearchPlace } from '../src/domain/search-cursor.js';

const mark = 2 ** 48 - 1;

describe('search cursor', () => {
  test.each<SearchPlace>([
    { shown: [], after: undefined },
    { shown: [0, 1, mark], after: undefined },
    { shown: [mark], after: '' },
    { shown: [], after: 'alice' },
    {
      shown: Array.from({ length: limits.searchWalkByPresenceMax }, () => mark),
      after: 'u'.repeat(limits.usernameMaxLength),
    },
  ])('given the place %j, when its cursor is read, then it is the same, and short enough', (place) => {
    const cursor = encodeSearchCursor(place);
    expect(readSearchCursor({ cursor, strict_cursor: true })).toEqual(place);
    expect(cursor.length).toBeLessThanOrEqual(limits.cursorMaxLength);
  });

  test.each([
    'garbage',
    'W10',
    'AAAA.',
    '..',
    `.${Buffer.from('alice').toString('base64url')}`,
    `.${Buffer.from('@a\u0000').toString('base64url')}`,
    `${Buffer.alloc(6 * (limits.searchWalkByPresenceMax + 1)).toString('base64url')}.`,
    encodeRowCursor(['a', 'b']),
  ])('given %s, when read, then it is page one, or refused where the client is strict [rpc.cursor.strict]', (cursor) => {
    expect(readSearchCursor({ cursor })).toEqual(firstPlace);
    expect(() => readSearchCursor({ cursor, strict_cursor: true })).toThrow('cursor_invalid');
  });

  test('given a cursor of the version before, when read, then the walk goes on by username and comes to an end', () => {
    expect(readSearchCursor({ cursor: encodeRowCursor([0, 'bob']) })).toEqual({ shown: [], after: 'bob' });
    expect(readSearchCursor({ cursor: encodeRowCursor([2, 'bob']) })).toEqual({ shown: [], after: '' });
  });
});
