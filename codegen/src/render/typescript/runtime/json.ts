import { ProtocolError } from './errors.js';
import { limits } from './limits.js';
import type { JsonValue } from './models.js';
import { check, type Models, type SchemaName, type Violation } from './validate.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** A body as it came: either the value and its text, or why there is none. */
export type Parsed = { ok: true; value: unknown; text: string } | { ok: false; detail: string };

/** A body that was read and checked. */
export type Decoded<T> =
  | { ok: true; value: T; text: string }
  | { ok: false; code: 'undecodable' | 'not_an_object' | 'invalid'; detail: string; violations: Violation[] };

/** Reads UTF-8 JSON; an empty body is `{}`. Never throws. */
export function parseJson(body: Uint8Array, maxDepth: number = limits.jsonMaxDepth): Parsed {
  if (body.length === 0) return { ok: true, value: {}, text: '' };
  let text: string;
  try {
    text = decoder.decode(body);
  } catch {
    return { ok: false, detail: 'the body is not UTF-8' };
  }
  if (isDeeperThan(maxDepth, text)) return { ok: false, detail: `the body is nested deeper than ${maxDepth}` };
  try {
    return { ok: true, value: JSON.parse(text), text };
  } catch {
    return { ok: false, detail: 'the body is not JSON' };
  }
}

/** Reads a body and checks it against a schema. Never throws, and never repairs. `text` is the body's text, for signatures. */
export function decodeJson<N extends SchemaName>(name: N, body: Uint8Array): Decoded<Models[N]> {
  const parsed = parseJson(body);
  if (!parsed.ok) return { ok: false, code: 'undecodable', detail: parsed.detail, violations: [] };
  if (!isObject(parsed.value))
    return { ok: false, code: 'not_an_object', detail: 'the body is not a JSON object', violations: [] };
  const violations = check(name, parsed.value);
  if (violations.length > 0) return { ok: false, code: 'invalid', detail: describeViolations(violations), violations };
  return parsed as { ok: true; value: Models[N]; text: string };
}

/** `/limit must be integer`; the first violation only, at most 300 characters. */
export function describeViolations([first]: readonly Violation[]): string {
  return first ? `${first.path}${first.path === '' ? '' : ' '}${first.message}`.slice(0, 300) : '';
}

export function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * JSON text that `encodeJson` copies through untouched: numbers keep every digit, keys their order.
 * The text is trusted; give it only what a JSON parser has accepted.
 */
export class RawJson {
  constructor(readonly text: string) {}

  /** Raw text for a field whose type is any JSON value. */
  static of(text: string): JsonValue {
    return new RawJson(text) as unknown as JsonValue;
  }

  /** Called by JSON.stringify: a placeholder within `encodeJson`, the parsed value elsewhere. */
  toJSON(): unknown {
    if (!collecting) return JSON.parse(this.text);
    collecting.marker ||= newMarker();
    return `${collecting.marker}${collecting.texts.push(this.text) - 1}`;
  }
}

/** The raw texts of the `encodeJson` call under way, if it met any; JSON.stringify is synchronous, so there is one call at a time. */
let collecting: Collected | undefined;

interface Collected {
  marker: string;
  readonly texts: string[];
}

const slabBytes = 16_384;
/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const longestInSlab = Math.floor(slabBytes / 4 / 3);
let slab = new Uint8Array(slabBytes);
let used = 0;

/**
 * Writes UTF-8 JSON. Small bodies are views of one buffer that they share, as of Node's own pool; copy what is kept for long.
 *
 * @throws {ProtocolError} `bad_request` for what JSON cannot say: NaN, Infinity, bigint, a cycle, undefined at the root or in a list.
 */
export function encodeJson(value: unknown): Uint8Array {
  const text = jsonText(value);
  if (text.length > longestInSlab) return encoder.encode(text);
  if (slabBytes - used < text.length * 3) {
    slab = new Uint8Array(slabBytes);
    used = 0;
  }
  const start = used;
  used += encoder.encodeInto(text, slab.subarray(start)).written;
  return slab.subarray(start, used);
}

function jsonText(value: unknown): string {
  for (;;) {
    const current: Collected = { marker: '', texts: [] };
    const text = stringify(value, current);
    const { marker, texts } = current;
    if (texts.length === 0) return text;
    const parts = text.split(`"${marker}`);
    const found = parts.length - 1;
    if (found === texts.length) return splice(parts, texts);
    if (found < texts.length)
      throw new ProtocolError('bad_request', 'a raw JSON text was dropped by the toJSON method of its owner');
    // More markers than raw texts: a string of the value happens to contain this marker, so take another.
  }
}

function stringify(value: unknown, collected: Collected): string {
  const outer = collecting;
  collecting = collected;
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined)
      throw new ProtocolError('bad_request', 'the value has no JSON form: it is undefined, a function or a symbol');
    // JSON.stringify writes null for what it cannot write, so only a text with null can hide one.
    if (text.includes('null') && !isEncodable(value)) refuseUnencodable(value, '');
    return text;
  } catch (cause) {
    if (cause instanceof ProtocolError) throw cause;
    throw new ProtocolError(
      'bad_request',
      'the value has no JSON form: it holds a bigint or a cycle, or is nested too deeply',
      { cause },
    );
  } finally {
    collecting = outer;
  }
}

/** Every part but the first begins with the index of its text and a quote. */
function splice([first = '', ...parts]: readonly string[], texts: readonly string[]): string {
  return first + parts.map((part) => spliceOne(part, texts)).join('');
}

function spliceOne(part: string, texts: readonly string[]): string {
  const quote = part.indexOf('"');
  return `${texts[Number(part.slice(0, quote))]}${part.slice(quote + 1)}`;
}

let markers = 0;
const markerSalt = Math.random().toString(36).slice(2);

function newMarker(): string {
  markers = (markers + 1) % Number.MAX_SAFE_INTEGER;
  return `raw-json:${markerSalt}:${markers}:`;
}

function isEncodable(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null || value instanceof RawJson) return true;
  if (!Array.isArray(value)) return Object.values(value).every(isEncodable);
  // Unlike `every`, this sees the holes of a list.
  for (const item of value) if (isUnsayable(item) || !isEncodable(item)) return false;
  return true;
}

/** JSON.stringify leaves these out of an object, and writes null for them in a list. */
function isUnsayable(item: unknown): boolean {
  return item === undefined || typeof item === 'function' || typeof item === 'symbol';
}

/** Says where it is; the paths of values that are good are not worth making. */
function refuseUnencodable(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new ProtocolError('bad_request', `${path || 'the value'} is ${value}, which JSON cannot say`);
  if (typeof value !== 'object' || value === null || value instanceof RawJson) return;
  for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (Array.isArray(value) && isUnsayable(item))
      throw new ProtocolError('bad_request', `${path}/${key} is ${typeof item}, which JSON cannot say`);
    refuseUnencodable(item, `${path}/${key}`);
  }
}

/** Whether brackets outside strings nest deeper than `depth`. A text shorter than that many pairs cannot. */
function isDeeperThan(depth: number, text: string): boolean {
  if (text.length <= 2 * depth) return false;
  let level = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at + 1);
    else if (code === 0x5b || code === 0x7b) {
      level++;
      if (level > depth) return true;
    } else if (code === 0x5d || code === 0x7d) level--;
  }
  return false;
}

/** Index of the quote that closes the string whose content starts at `start`; the text's length when none does. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return quote;
  }
  return text.length;
}
