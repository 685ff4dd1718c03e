import { quote } from './names.js';

/** What ECMAScript calls white space. */
const space = String.raw`\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;

/**
 * A regular expression of JSON Schema (ECMAScript with the `u` flag) as a Python literal with the same meaning: `$` is the very end, `\s` and `\d` are
 * ECMAScript's.
 *
 * @throws {Error} for what the two languages read in different ways.
 */
export function pythonPattern(pattern: string): string {
  const foreign = /\\[wWbBDSpPk]|\(\?|\\u\{/.exec(pattern);
  if (foreign) throw new Error(`the pattern ${quote(pattern)} uses '${foreign[0]}', which Python reads in another way`);
  let isClass = false;
  const text = pattern.replace(/\\.|\[\^?|\]|\$|[^\\[\]$]+/gsu, (token) => {
    if (token.startsWith('[') && !isClass) isClass = true;
    else if (token === ']') isClass = false;
    if (token === '$' && !isClass) return String.raw`\Z`;
    if (token === String.raw`\d`) return isClass ? '0-9' : '[0-9]';
    if (token === String.raw`\s`) return isClass ? space : `[${space}]`;
    return escapeControls(token);
  });
  return `r${quoteRaw(text)}`;
}

/** Control characters and lone surrogates, which a source file cannot hold as they are, become escapes. */
function escapeControls(token: string): string {
  const escapes = [...token].map((letter) => {
    const code = letter.codePointAt(0) ?? 0;
    const isPrintable = code >= 0x20 && code !== 0x7f && (code < 0xd800 || code > 0xdfff);
    return isPrintable ? letter : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return escapes.join('');
}

function quoteRaw(text: string): string {
  if (!text.includes('"')) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  throw new Error(`the pattern ${quote(text)} holds both kinds of quotes; write one of them as \\u0022`);
}
