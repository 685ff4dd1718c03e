import { expect, test } from 'vitest';
import { readEvents } from '../src/providers/read-events.js';

async function read(...chunks: (string | Uint8Array)[]): Promise<unknown[]> {
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk));
  const events: unknown[] = [];
  for await (const event of readEvents(ReadableStream.from(bytes), new AbortController().signal)) events.push(event);
  return events;
}

test('given events cut anywhere, in the middle of a character too, when they are read, then each is whole', async () => {
  const bytes = new TextEncoder().encode('data: {"t":"ü"}\n\ndata:{"t":2}\r\n\r\n');
  for (let at = 1; at < bytes.length; at += 1) {
    expect(await read(bytes.slice(0, at), bytes.slice(at))).toEqual([{ t: 'ü' }, { t: 2 }]);
  }
});

test('given comments, event names, empty lines and data in two lines, when they are read, then only the data counts', async () => {
  expect(
    await read(': ping\n\nevent: x\nid: 1\ndata: {"a":\ndata: 1}\n\n\n\ndata: [DONE]\n\ndata: {"late":1}\n\n'),
  ).toEqual([{ a: 1 }]);
});

test('given an event the stream ends in, when it is read, then it is none', async () => {
  expect(await read('data: {"a":1}\n\ndata: {"b":2}')).toEqual([{ a: 1 }]);
});

test.each([
  'data: nonsense\n\n',
  'data: [1]\n\n',
  'data: null\n\n',
])('given %j, when it is read, then it is refused as unreadable', async (text) => {
  await expect(read(text)).rejects.toMatchObject({ code: 'model_answer_unreadable' });
});

test('given a stream without end, when it is read, then it is given up', async () => {
  const megabyte = `data: ${'x'.repeat(1024 * 1024)}`;
  await expect(read(...Array.from({ length: 9 }, () => megabyte))).rejects.toMatchObject({
    code: 'model_answer_unreadable',
  });
});
