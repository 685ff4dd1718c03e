import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeCursor, encodeCursor, messageCursor, readCursor, threadCursor } from '../src/domain/page-cursor.js';

const golden = JSON.parse(readFileSync(new URL('golden/cursors.json', import.meta.url), 'utf8')) as {
  encode: { sent_at: string; message_id: string; cursor: string }[];
  decode: { cursor: string; decoded: { sent_at: string; message_id: string } | null }[];
};

describe('page cursor', () => {
  test.each(golden.encode)('given $message_id, when encoded, then it is the golden cursor', (vector) => {
    expect(encodeCursor(messageCursor, { id: vector.message_id, time: vector.sent_at })).toBe(vector.cursor);
  });

  test.each(golden.decode)('given $cursor, when decoded, then it is $decoded', ({ cursor, decoded }) => {
    const expected = decoded ? { id: decoded.message_id, time: decoded.sent_at } : undefined;
    expect(decodeCursor(messageCursor, cursor)).toEqual(expected);
  });

  test.each([
    ['é', 'not ASCII'],
    [Buffer.from('{"message_id":"a\\u0000","sent_at":"2026-02-21"}').toString('base64'), 'an id with U+0000'],
    [Buffer.from('{"message_id":"\\ud800","sent_at":"2026-02-21"}').toString('base64'), 'an id with a lone surrogate'],
    [Buffer.from([0x22, 0xff, 0x22, 0x20]).toString('base64'), 'not UTF-8'],
  ])('given %s (%s), when decoded, then it is none', (cursor) => {
    expect(decodeCursor(messageCursor, cursor)).toBeUndefined();
  });

  test('given the cursor of another query, when read, then it is bad', () => {
    const cursor = encodeCursor(threadCursor, { id: 't', time: '2026-02-21T08:00:00Z' });
    expect(readCursor(messageCursor, { cursor })).toBeUndefined();
    expect(() => readCursor(messageCursor, { cursor, strict_cursor: true })).toThrow('cursor_invalid');
  });

  test.each([undefined, null, ''])('given the cursor %j and strictness, when read, then it is page one', (cursor) => {
    expect(readCursor(messageCursor, { ...(cursor !== undefined && { cursor }), strict_cursor: true })).toBeUndefined();
  });
});
