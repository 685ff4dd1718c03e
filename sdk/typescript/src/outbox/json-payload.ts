import { limits, RawJson } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';

/** JSON.stringify writes U+0000 and lone surrogates as escapes; most bodies hold no escape at all. */
const backslash = 0x5c;
const loneSurrogate = /\p{Surrogate}/u;
/** Each level of nesting takes two brackets. */
const shallowBytes = 2 * limits.jsonMaxDepth;

/**
 * Refuses what encodes but must not travel: U+0000 and lone surrogates, which databases refuse, and values nested deeper than receivers read.
 *
 * @throws {ValidationError} `invalid_payload`
 */
export function requireJsonPayload(payload: unknown, encoded: Uint8Array): void {
  if (encoded.length > shallowBytes || encoded.includes(backslash)) inspect(payload, 'payload', 1);
}

function inspect(value: unknown, path: string, depth: number): void {
  if (typeof value === 'string') inspectText(value, path);
  else if (typeof value === 'object' && value !== null && !(value instanceof RawJson))
    inspectObject(value, path, depth);
}

function inspectObject(value: object, path: string, depth: number): void {
  // The envelope around the payload is one level.
  if (depth >= limits.jsonMaxDepth) throw invalid(`the payload is nested deeper than ${limits.jsonMaxDepth - 1}`);
  const encoded: unknown = 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON() : value;
  if (encoded !== value) {
    inspect(encoded, path, depth);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    inspectText(key, `a key of ${path}`);
    inspect(member, `${path}.${key}`, depth + 1);
  }
}

function inspectText(text: string, path: string): void {
  if (text.includes('\0')) throw invalid(`${path} holds U+0000`);
  if (loneSurrogate.test(text)) throw invalid(`${path} holds a lone surrogate`);
}

function invalid(detail: string): ValidationError {
  return new ValidationError('invalid_payload', detail);
}
