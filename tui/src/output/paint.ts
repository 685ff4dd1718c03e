const codes = {
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
  white: 37,
  grey: 90,
  bold: 1,
  dim: 2,
  inverse: 7,
} as const;

export type Style = keyof typeof codes;

/** Colours a context can have. */
export const colours = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white', 'grey'] as const;

export type Colour = (typeof colours)[number];

/** A part of a line: its text is sanitised before it is painted. */
export type Piece = string | { readonly text: string; readonly style: Style | readonly Style[] };

export function isColour(value: unknown): value is Colour {
  return colours.some((colour) => colour === value);
}

/** Whether a stream shows colours. NO_COLOR, set to anything, forbids them; FORCE_COLOR brings them also to a pipe. */
export function showsColour(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && TERM !== 'dumb';
}

/** Puts escape codes of our own around a harmless text. */
export function paint(text: string, style: Style | readonly Style[]): string {
  const styles = typeof style === 'string' ? [style] : style;
  return `\u001b[${styles.map((one) => codes[one]).join(';')}m${text}\u001b[0m`;
}
