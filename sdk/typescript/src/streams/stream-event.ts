import type { JsonObject, JsonValue } from '@agentnet/protocol';

interface Spoken {
  readonly stream_id: string;
  /** Who speaks. */
  readonly role: string;
  /** Media type of the text. */
  readonly content_type: string;
}

/** A stream payload as it was read: defaults filled in. */
export type StreamEvent =
  | (Spoken & { readonly type: 'stream_start'; readonly first_seq?: number; readonly metadata: JsonObject })
  | (Spoken & { readonly type: 'stream_delta'; readonly delta: string; readonly seq: number })
  | (Spoken & {
      readonly type: 'stream_end';
      readonly seq: number;
      readonly text?: string;
      readonly metadata: JsonObject;
    })
  | {
      readonly type: 'stream_error';
      readonly stream_id: string;
      readonly error: string;
      readonly seq: number;
      readonly metadata: JsonObject;
    };

const digits = /^[+-]?\d+$/;

/**
 * Reads a payload as a stream event, as tolerantly as the protocol's first version does.
 *
 * @returns undefined when it is none: an unknown type, no `stream_id`, a `stream_error` without `error`
 * @see spec rules `stream.read.defaults`, `stream.read.type`, `stream.read.none`
 */
export function readStreamEvent(payload: JsonValue | undefined): StreamEvent | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  const type = textOf(payload.type).trim().toLowerCase();
  const stream_id = textOf(payload.stream_id);
  if (stream_id.trim() === '') return undefined;
  const spoken = {
    stream_id,
    role: textOf(payload.role) || 'assistant',
    content_type: textOf(payload.content_type) || 'text/plain',
  };
  const metadata = objectOf(payload.metadata);
  switch (type) {
    case 'stream_start': {
      const start = { type, ...spoken, metadata } as const;
      return isPresent(payload.first_seq) ? { ...start, first_seq: placeOf(payload.first_seq) } : start;
    }
    case 'stream_delta':
      return { type, ...spoken, delta: textOf(payload.delta), seq: placeOf(payload.seq) };
    case 'stream_end': {
      const end = { type, ...spoken, seq: placeOf(payload.seq), metadata } as const;
      return typeof payload.text === 'string' ? { ...end, text: payload.text } : end;
    }
    case 'stream_error': {
      const error = textOf(payload.error);
      return error.trim() === '' ? undefined : { type, stream_id, error, seq: placeOf(payload.seq), metadata };
    }
    default:
      return undefined;
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function isPresent(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && value !== null;
}

/** A whole number of at least 0, also when it was written as text. */
function placeOf(value: JsonValue | undefined): number {
  const text = typeof value === 'string' ? value.trim() : '';
  const number = typeof value === 'number' ? Math.trunc(value) : digits.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(number) ? Math.max(0, number) : 0;
}
