import { keyName, type PressedKey, pasteMarks } from '../keymap/key-name.js';
import { findBinding, isWriting } from '../keymap/keymap.js';
import { scrollMost } from '../screens/frame-lines.js';
import type { Action } from '../state/action.js';
import type { AppState } from '../state/app-state.js';
import { isMove } from '../state/chosen.js';
import type { Effect } from '../state/effect.js';
import { modeOf } from '../state/mode.js';
import { reduce } from '../state/reduce.js';

/** Between two paintings of what comes by itself; what the operator does is painted at once. */
const pause = { leastMs: 100, mostMs: 300 };
/** Pause after a painting, as a multiple of what that took: a slow machine or a large screen is painted less often. */
const restFactor = 10;
/** Longest text taken from the clipboard. */
const pasteMost = 256_000;

export interface ModelOptions {
  initial: AppState;
  /** Does what the state asks for. */
  perform: (effect: Effect) => void;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Holds the state, and is the one place where keys arrive: several can come in one piece, and none may meet an old state. */
export class Model {
  #state: AppState;
  readonly #perform: (effect: Effect) => void;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = pause.leastMs;
  #pasted: string | undefined;

  constructor({ initial, perform, now }: ModelOptions) {
    this.#state = initial;
    this.#perform = perform;
    this.#now = now;
  }

  readonly snapshot = (): AppState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Something happened outside. Painted with whatever else happens within one frame. */
  readonly dispatch = (action: Action): void => {
    this.#reduce(action);
    this.#timer ??= setTimeout(() => this.#tell(), this.#pauseMs);
  };

  /** Takes what Ink's `useInput` gives. */
  readonly key = (input: string, key: PressedKey): void => {
    if (input === pasteMarks.start) this.#pasted = '';
    else if (input === pasteMarks.end) this.#endPaste();
    else if (this.#pasted !== undefined) this.#addPasted(input, key);
    else this.#take(input, key);
    this.#tell();
  };

  /** Quick typing and terminals without paste marks put several characters, `\r` included, into one piece of input. */
  #take(input: string, key: PressedKey): void {
    if (key.ctrl || key.meta || [...input].length <= 1) {
      this.#press(keyName(input, key), input);
      return;
    }
    // Each key can change what the next one means; a run of text stays one piece.
    for (let rest = input; rest !== ''; ) {
      const [piece = rest] = (isWriting(modeOf(this.#state)) ? textRun : anyCharacter).exec(rest) ?? [];
      if (piece.length > 2) this.#reduce({ type: 'written', text: piece });
      else this.#press(pieceName(piece), piece);
      rest = rest.slice(piece.length);
    }
  }

  #press(name: string, text: string): void {
    const binding = findBinding(modeOf(this.#state), name);
    // Laying out everything that can be scrolled to costs more than most keys do.
    const scrolls = binding !== undefined && isMove(binding.command);
    this.#reduce({ type: 'key', key: name, text, scrollMost: scrolls ? scrollMost(this.#state) : 0 });
  }

  #addPasted(input: string, key: PressedKey): void {
    const text = key.return ? '\n' : key.tab ? '\t' : input;
    this.#pasted = ((this.#pasted ?? '') + text).slice(0, pasteMost);
  }

  #endPaste(): void {
    const text = this.#pasted ?? '';
    this.#pasted = undefined;
    if (text !== '') this.#reduce({ type: 'written', text });
  }

  #reduce(action: Action): void {
    const { state, effects } = reduce({ ...this.#state, nowMs: this.#now() }, action);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const begunMs = performance.now();
    for (const listener of this.#listeners) listener();
    // React paints in a microtask that a listener has queued before this one.
    queueMicrotask(() => {
      const tookMs = performance.now() - begunMs;
      this.#pauseMs = Math.min(pause.mostMs, Math.max(pause.leastMs, restFactor * tookMs));
    });
  }
}

const textRun = /^[^\p{Cc}]{3,}|^./su;
const anyCharacter = /^./su;

const named: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'ctrl+j',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
};

/** The name of one character: control characters are letters with Ctrl. */
function pieceName(piece: string): string {
  const code = piece.charCodeAt(0);
  const isControl = piece.length === 1 && code >= 1 && code <= 26;
  return named[piece] ?? (isControl ? `ctrl+${String.fromCharCode(code + 96)}` : keyName(piece, {}));
}
