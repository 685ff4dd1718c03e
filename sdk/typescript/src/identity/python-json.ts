import { printJson } from './print-json.js';

const style = { comma: ', ', colon: ': ', sortMembers: false };

/**
 * The text Python's `json.dumps` gives with its defaults; thread sizes are counted in it.
 *
 * @throws {ProtocolError} `invalid_payload`
 */
export function pythonJsonText(jsonText: string): string {
  return printJson(jsonText, style);
}

/** @throws {ProtocolError} `invalid_payload` */
export function pythonJsonLength(jsonText: string): number {
  return pythonJsonText(jsonText).length;
}
