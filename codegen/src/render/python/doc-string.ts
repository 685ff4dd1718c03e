const width = 120;

/** A doc string of `paragraphs`, indented, without a line break at the end; empty texts are left out. */
export function docString(paragraphs: readonly string[], indent = ''): string {
  const texts = paragraphs.map(escapeQuotes).filter((text) => text !== '');
  const [only] = texts;
  if (only === undefined) return '';
  if (texts.length === 1 && indent.length + only.length + 6 <= width && !only.includes('\n'))
    return `${indent}"""${only}"""`;
  const lines = texts.flatMap((text, index) => [...(index > 0 ? [''] : []), ...wrap(text, width - indent.length - 3)]);
  return [
    `${indent}"""${lines[0]}`,
    ...lines.slice(1).map((line) => `${indent}${line}`.trimEnd()),
    `${indent}"""`,
  ].join('\n');
}

function escapeQuotes(text: string): string {
  const escaped = text.trim().replaceAll('\\', '\\\\').replaceAll('"""', '\\"\\"\\"');
  // Four quotes in a row would end the string early.
  return escaped.endsWith('"') ? `${escaped} ` : escaped;
}

/** Breaks at spaces; existing line breaks stay. */
function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = [];
    let current = '';
    for (const word of line.split(' ')) {
      if (current !== '' && current.length + 1 + word.length > columns) {
        lines.push(current);
        current = word;
      } else {
        current = current === '' ? word : `${current} ${word}`;
      }
    }
    return [...lines, current];
  });
}
