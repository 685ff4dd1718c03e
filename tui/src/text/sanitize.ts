const ESC = '\\u001b';
const BEL = '\\u0007';
/** CAN and SUB abort a sequence in every terminal. */
const ABORT = '\\u0018\\u001a';
const ST = '\\u009c';

const csi = `(?:${ESC}\\[|\\u009b)[ -?]*[@-~]?`;
// A string sequence without terminator ends at the line's end, so that it hides no more than its own line.
const controlString = `(?:${ESC}[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^${BEL}${ABORT}${ESC}${ST}\\n]*(?:${ESC}\\\\|[${BEL}${ABORT}${ST}])?`;
const otherEscape = `${ESC}[ -/]*[0-~]?`;

const escapeSequences = new RegExp(`${csi}|${controlString}|${otherEscape}`, 'gu');
const loneSurrogates = /\p{Surrogate}/gu;
const spaces = /[\t\p{Zl}\p{Zp}]/gu;
const invisible = /(?!\n)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const combiningFlood = /(\p{M}{4})\p{M}+/gu;
const plain = /^[\n -~]*$/;

/**
 * Makes text from the network harmless to a terminal: no escape sequences (not even unterminated ones), no control characters but
 * newline, no bidirectional or zero-width characters, no lone surrogates, at most four combining marks in a row.
 *
 * Every ESC and C1 introducer starts a match, so none is left to form a new sequence with what follows: the result is a fixed point.
 */
export function sanitize(text: string): string {
  if (plain.test(text)) return text;
  return text
    .replace(loneSurrogates, '\ufffd')
    .replace(escapeSequences, '')
    .replace(spaces, ' ')
    .replace(invisible, '')
    .replace(combiningFlood, '$1');
}

/** As `sanitize`, on one line: what a table cell needs. */
export function sanitizeLine(text: string): string {
  return sanitize(text).replace(/\s*\n\s*/gu, ' ');
}

const unsafeInJson = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?<=\p{M}{4})\p{M}/gu;

/** Writes a value as JSON that is harmless to a terminal and still exact: what `sanitize` would remove is written as `\uXXXX`. */
export function safeJson(value: unknown, indent?: number): string {
  return escapeUnsafe(JSON.stringify(value, null, indent) ?? 'null');
}

/** Text that is JSON already, every digit as it was, on one line and harmless; any other text is sanitised. */
export function safeJsonText(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return sanitizeLine(text);
  }
  // Within JSON strings line breaks are escaped, so these are between its parts.
  return escapeUnsafe(text.replaceAll(/[\r\n\t]+/g, ' '));
}

function escapeUnsafe(json: string): string {
  if (plain.test(json)) return json;
  return json.replace(unsafeInJson, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
