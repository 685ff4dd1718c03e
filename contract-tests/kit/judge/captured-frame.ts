import type { JsonValue } from '@agentnet/protocol';
import { rawMember } from '@agentnet/sdk/identity';

/** What one message on the wire carried. `text` is the JSON text, numbers as written. */
export type Body =
  | { readonly kind: 'json'; readonly value: JsonValue; readonly text: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'undecodable'; readonly bytes: Uint8Array }
  /** The recorder kept only the size and the top-level keys. */
  | { readonly kind: 'truncated'; readonly size: number; readonly keys: readonly string[] };

/** One message on the wire. */
export interface Frame {
  /** Position in the recording, or in ours. */
  readonly n: number;
  readonly subject: string;
  readonly reply?: string;
  readonly body: Body;
}

export interface RecordedFrame extends Frame {
  /** Length of the body in bytes. */
  readonly size: number;
  /** Milliseconds after the first frame of the recording. */
  readonly afterMs: number;
}

/** Reads one line of a recording. */
export function parseRecordedFrame(line: string): RecordedFrame {
  // The recorder wrote `Infinity` for the number that the sender had written as `1e999`.
  const text = line.replace(/("(?:[^"\\]|\\.)*")|Infinity/g, (_, quoted?: string) => quoted ?? '1e999');
  const raw = JSON.parse(text) as { n: number; subject: string; reply: string | null; bytes: number; dt_ms: number };
  const { n, subject, reply, bytes: size, dt_ms: afterMs } = raw;
  const frame = { n, subject, size, afterMs, body: bodyOf(rawMember(text, 'payload') ?? 'null', size) };
  return reply ? { ...frame, reply } : frame;
}

/** Writes a frame as a line that `parseRecordedFrame` reads. */
export function formatRecordedFrame({ n, subject, reply = '', size, afterMs, body }: RecordedFrame): string {
  const head = JSON.stringify({ n, subject, reply: reply || null, headers: null, bytes: size });
  return `${head.slice(0, -1)},"payload":${payloadText(body)},"dt_ms":${afterMs}}`;
}

function payloadText(body: Body): string {
  if (body.kind === 'json') return body.text;
  if (body.kind === 'empty') return 'null';
  const marked =
    body.kind === 'truncated'
      ? { _truncated_bytes: body.size, _keys: body.keys }
      : { _raw: Buffer.from(body.bytes).toString('latin1'), _undecodable: true };
  return JSON.stringify(marked);
}

/** Reads a body as a tap received it. */
export function decodeBody(bytes: Uint8Array): Body {
  if (bytes.length === 0) return { kind: 'empty' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { kind: 'json', value: JSON.parse(text), text };
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof TypeError) return { kind: 'undecodable', bytes };
    throw cause;
  }
}

function bodyOf(text: string, size: number): Body {
  if (size === 0) return { kind: 'empty' };
  const value = JSON.parse(text) as JsonValue;
  if (isMarked(value, '_undecodable'))
    return { kind: 'undecodable', bytes: Buffer.from(String(value['_raw']), 'latin1') };
  if (isMarked(value, '_truncated_bytes')) return { kind: 'truncated', size, keys: value['_keys'] as string[] };
  return { kind: 'json', value, text: text.length === size ? text : compactJson(text) };
}

function isMarked(value: JsonValue, mark: string): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && mark in value;
}

/** Drops white space between tokens. The recorder wrote it everywhere, agents wrote none. */
function compactJson(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, quoted?: string) => quoted ?? '');
}
