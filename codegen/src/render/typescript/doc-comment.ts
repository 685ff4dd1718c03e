const width = 120;

/** A doc comment of `paragraphs`, each line starting with `indent`, without a line break at the end; empty texts are left out. */
export function docComment(paragraphs: readonly string[], indent = ''): string {
  const texts = paragraphs.map((text) => text.trim().replaceAll('*/', '*\\/')).filter((text) => text !== '');
  const [only] = texts;
  if (only === undefined) return '';
  const single = `${indent}/** ${only} */`;
  if (texts.length === 1 && single.length <= width && !only.includes('\n')) return single;
  const lines = texts.flatMap((text, index) => [
    ...(index > 0 && !text.startsWith('@') ? [''] : []),
    ...wrap(text, width - indent.length - 3),
  ]);
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join('\n');
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
