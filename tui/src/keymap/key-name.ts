/** What Ink tells about a key press, as far as it matters here. */
export interface PressedKey {
  readonly upArrow?: boolean;
  readonly downArrow?: boolean;
  readonly leftArrow?: boolean;
  readonly rightArrow?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly return?: boolean;
  readonly escape?: boolean;
  readonly tab?: boolean;
  readonly backspace?: boolean;
  readonly delete?: boolean;
  readonly ctrl?: boolean;
  readonly shift?: boolean;
  readonly meta?: boolean;
}

const named = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  // Terminals send for Backspace what Ink calls delete, and for Delete too; the sequence is gone when we see it.
  ['delete', 'backspace'],
] as const;

/** The name of a key as the keymap writes it: `j`, `G`, `ctrl+d`, `alt+enter`, `shift+tab`. */
export function keyName(input: string, key: PressedKey): string {
  const special = named.find(([flag]) => key[flag]);
  if (special) {
    const name = special[1];
    if (name === 'esc') return name;
    return `${key.ctrl ? 'ctrl+' : ''}${key.meta ? 'alt+' : ''}${key.shift && name === 'tab' ? 'shift+' : ''}${name}`;
  }
  if (input === '\n') return 'ctrl+j';
  if (key.ctrl) return `ctrl+${input}`;
  if (key.meta) return `alt+${input}`;
  return input === ' ' ? 'space' : input;
}

/** Text between these is pasted; Ink hands the marks on without their escape character. */
export const pasteMarks = { start: '[200~', end: '[201~' } as const;
