/** What terminals, tables and widths could stumble over, alone and in each other's company. */
const pieces = [
  ...[
    '\u001b',
    '[',
    ']',
    '\\',
    'P',
    'X',
    '^',
    '_',
    '\u009b',
    '\u009d',
    '\u0090',
    '\u0098',
    '\u009c',
    '\u0007',
    '\u0018',
    '\u001a',
  ],
  ...['2J', '31m', ';', '0', '?', '(', 'B', '\n', '\r', '\t', '\b', '\u0000', '\u007f', '\u0085'],
  ...['\u202e', '\u2066', '\u200b', '\u200d', '\ufeff', '\u00ad', '\u0301', '\ufe0f', '\u{e0041}', '\u2028'],
  ...['\ud83d', '\ude00', '😀', 'a', 'é', '世', ' ', '\u{1d165}'],
];

/** A small seeded generator, so that a failing input can be made again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A text of up to 16 such pieces. */
export function hostileText(random: () => number): string {
  const pick = () => pieces[Math.floor(random() * pieces.length)] ?? '';
  return Array.from({ length: 1 + Math.floor(random() * 16) }, pick).join('');
}

/** Any of the values. */
export function anyOf<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}
