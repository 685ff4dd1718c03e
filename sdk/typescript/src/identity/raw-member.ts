import { JsonScanner } from './json-scanner.js';

/**
 * Raw text of a top-level member of a JSON object; the last one wins when the name is repeated. Undefined when there is
 * none.
 *
 * @throws {ProtocolError} `invalid_payload` when `text` is not a JSON object
 */
export function rawMember(text: string, member: string): string | undefined {
  const scanner = new JsonScanner(text);
  const plainName = JSON.stringify(member);
  let found: string | undefined;
  scanner.object((rawName) => {
    scanner.skipWhitespace();
    const start = scanner.position;
    scanner.skipValue();
    const isMember = rawName === plainName || (rawName.includes('\\') && JSON.parse(rawName) === member);
    if (isMember) found = text.slice(start, scanner.position);
  });
  scanner.end();
  return found;
}
