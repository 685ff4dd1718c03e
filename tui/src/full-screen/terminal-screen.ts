import { writeSync } from 'node:fs';

const enter = '\u001b[?1049h\u001b[?2004h\u001b[2J\u001b[H';
const leave = '\u001b[?2004l\u001b[?25h\u001b[0m\u001b[?1049l';

/** Standard output when it is a terminal. */
export type TerminalOutput = NodeJS.WriteStream & { readonly fd: number };

/** The terminal's second screen. What was there before comes back on every way out, also when the process ends by itself. */
export class TerminalScreen {
  readonly #stdout: TerminalOutput;
  readonly #stdin: NodeJS.ReadStream;
  #isOn = false;

  constructor(stdout: TerminalOutput, stdin: NodeJS.ReadStream) {
    this.#stdout = stdout;
    this.#stdin = stdin;
  }

  enter(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#stdout.write(enter);
    process.on('exit', this.#restore);
  }

  leave(): void {
    process.off('exit', this.#restore);
    this.#restore();
  }

  /** Synchronous, because nothing runs after `exit`. */
  readonly #restore = (): void => {
    if (!this.#isOn) return;
    this.#isOn = false;
    try {
      if (this.#stdin.isTTY) this.#stdin.setRawMode(false);
      writeSync(this.#stdout.fd, leave);
    } catch {
      // The terminal is gone, and its screen with it.
    }
  };
}
