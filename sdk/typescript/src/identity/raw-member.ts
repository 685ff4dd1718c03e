import { JsonScanner } from './json-scanner.js';

/**
 * Raw text of a top-level member of a JSON object; the last one wins when the name is repeated. Undefined when there is
 * none.
 *
 * @throws {ProtocolError} `invalid_payload` when `text` is not a JSON object
 */
export function rawMember(text: string, member: string): string | undefined {
  return rawMembers(text, [member]).get(member);
}

/**
 * The same for several members, in one pass over the text.
 *
 * @throws {ProtocolError} `invalid_payload` when `text` is not a JSON object
 */
export function rawMembers(text: string, members: readonly string[]): ReadonlyMap<string, string> {
  const scanner = new JsonScanner(text);
  const plainNames = new Map(members.map((member) => [JSON.stringify(member), member]));
  const found = new Map<string, string>();
  scanner.object((rawName) => {
    scanner.skipWhitespace();
    const start = scanner.position;
    scanner.skipValue();
    const plainName = rawName.includes('\\') ? JSON.stringify(JSON.parse(rawName)) : rawName;
    const member = plainNames.get(plainName);
    if (member !== undefined) found.set(member, text.slice(start, scanner.position));
  });
  scanner.end();
  return found;
}
