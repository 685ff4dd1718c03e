import type { JsonObject, JsonValue } from '@agentnet/protocol';
import { ModelError } from './model-error.js';

/** More than any answer; without it a server could fill the memory. */
const longestAnswerBytes = 8 * 1024 * 1024;
const endMark = '[DONE]';

/**
 * The JSON objects of a stream of server-sent events, until `[DONE]` or the end of the stream.
 *
 * @throws {ModelError} `model_answer_cut` when the connection breaks, `model_answer_unreadable` for what is no JSON object, or too long
 */
export async function* readEvents(stream: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<JsonObject> {
  for await (const data of readData(stream, signal)) {
    if (data === endMark) return;
    yield parseEvent(data);
  }
}

/** The `data` of each event. An event ends with an empty line; one the stream breaks off in is none. */
async function* readData(stream: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  let data: string[] = [];
  for await (const line of readLines(stream, signal)) {
    if (line.startsWith('data:')) data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
    if (line !== '' || data.length === 0) continue;
    yield data.join('\n');
    data = [];
  }
}

async function* readLines(stream: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > longestAnswerBytes)
        throw new ModelError('model_answer_unreadable', `the answer is longer than ${longestAnswerBytes} bytes`);
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n/);
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ModelError) throw cause;
    throw new ModelError('model_answer_cut', 'the connection broke in the middle of an answer; ask again', { cause });
  }
}

function parseEvent(data: string): JsonObject {
  try {
    const value = JSON.parse(data) as JsonValue;
    if (isObject(value)) return value;
  } catch {
    // Told below, like every other text that is no object.
  }
  throw new ModelError('model_answer_unreadable', 'the stream holds an event that is no JSON object');
}

/** Whether a value has members. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of a value that may have none. */
export function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isObject(value) ? value[key] : undefined;
}

/** A value where it is a text, else the empty text. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
