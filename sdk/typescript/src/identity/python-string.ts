const plain = /^"[ !#-[\]-~]*"$/;

/** Prints the raw text of a JSON string as Python does: pure ASCII, lower-case `\uxxxx`, short escapes where they exist. */
export function pythonString(raw: string): string {
  return plain.test(raw) ? raw : asciiString(JSON.parse(raw) as string);
}

function asciiString(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Orders texts by code point. JavaScript's own order is by UTF-16 unit and puts astral characters before U+E000. */
export function compareByCodePoint(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let index = 0;
  while (index < shorter && a.charCodeAt(index) === b.charCodeAt(index)) index += 1;
  if (index === shorter) return a.length - b.length;
  const pairStart = index > 0 && a.codePointAt(index - 1) !== b.codePointAt(index - 1) ? index - 1 : index;
  return (a.codePointAt(pairStart) ?? 0) - (b.codePointAt(pairStart) ?? 0);
}
