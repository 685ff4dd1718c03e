import { printJson } from './print-json.js';

const style = { comma: ',', colon: ':', sortMembers: true };

/**
 * The text whose bytes are signed and hashed: no white space, members sorted by code point, pure ASCII, numbers as written.
 *
 * @param jsonText - The value's text as it is, or was, on the wire; a parsed value has already lost `1.0` and large integers.
 * @throws {ProtocolError} `invalid_payload`
 */
export function canonicalJson(jsonText: string): string {
  return printJson(jsonText, style);
}
