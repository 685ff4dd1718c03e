import type { JsonValue } from '@agentnet/protocol';
import { rawMember } from '@agentnet/sdk/identity';

const name = '"payload"';

/**
 * The payload of a message as it was written, digit for digit.
 *
 * @param text - A JSON object that a parser has accepted.
 * @param payload - What the parser made of its member `payload`; undefined for none.
 */
export function payloadText(text: string, payload: JsonValue | undefined): string {
  if (payload === undefined) return 'null';
  return printedPayload(text, payload) ?? rawMember(text, 'payload') ?? 'null';
}

/**
 * Most senders print as JSON.stringify does; looking for that is faster than walking the text. A name that appears once is no part of a
 * string: there its quotes would be escaped, and the one before a quote that ends a string is not its own. Escapes could write it, too.
 */
function printedPayload(text: string, payload: JsonValue): string | undefined {
  const at = text.indexOf(name);
  if (at < 0 || text.indexOf(name, at + 1) >= 0 || text[at - 1] === '\\' || text.includes('\\u00')) return undefined;
  let start = at + name.length;
  if (text[start] !== ':') return undefined;
  start += text[start + 1] === ' ' ? 2 : 1;
  const printed = JSON.stringify(payload);
  const after = text[start + printed.length];
  return (after === ',' || after === '}') && text.startsWith(printed, start) ? printed : undefined;
}
