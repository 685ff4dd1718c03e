import { JsonScanner } from './json-scanner.js';
import { pythonNumber } from './python-number.js';
import { compareByCodePoint, pythonString } from './python-string.js';

export interface PrintStyle {
  /** Between array items and object members. */
  comma: string;
  /** Between a member's name and its value. */
  colon: string;
  sortMembers: boolean;
}

/**
 * Re-prints JSON text as Python would after parsing it, numbers kept as written as far as Python keeps them.
 *
 * @throws {ProtocolError} `invalid_payload` for text that is not strict JSON, too deep or has an integer of too many digits
 */
export function printJson(text: string, style: PrintStyle): string {
  const scanner = new JsonScanner(text);
  const printed = printValue(scanner, style);
  scanner.end();
  return printed;
}

function printValue(scanner: JsonScanner, style: PrintStyle): string {
  switch (scanner.peek()) {
    case '{':
      return printObject(scanner, style);
    case '[':
      return printArray(scanner, style);
    case 'string':
      return pythonString(scanner.string());
    case 'number':
      return pythonNumber(scanner.number());
    case 'literal':
      return scanner.literal();
  }
}

function printArray(scanner: JsonScanner, style: PrintStyle): string {
  const items: string[] = [];
  scanner.array(() => items.push(printValue(scanner, style)));
  return `[${items.join(style.comma)}]`;
}

function printObject(scanner: JsonScanner, style: PrintStyle): string {
  // Like a Python dict, a Map keeps the first position and the last value of a repeated name. The printed name is
  // unambiguous, so it serves as the key.
  const members = new Map<string, string>();
  scanner.object((rawName) => {
    members.set(pythonString(rawName), printValue(scanner, style));
  });
  const entries = [...members];
  if (style.sortMembers && entries.length > 1) {
    const keyed = entries.map((entry) => ({ name: JSON.parse(entry[0]) as string, entry }));
    keyed.sort((a, b) => compareByCodePoint(a.name, b.name));
    return joinMembers(
      keyed.map(({ entry }) => entry),
      style,
    );
  }
  return joinMembers(entries, style);
}

function joinMembers(entries: [string, string][], style: PrintStyle): string {
  return `{${entries.map(([name, value]) => `${name}${style.colon}${value}`).join(style.comma)}}`;
}
