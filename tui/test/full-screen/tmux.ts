import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../eventually.js';

const program = fileURLToPath(new URL('../../bin/agentnet.mjs', import.meta.url));

/** Where tmux is missing, the tests that need it are skipped by name. */
export const hasTmux = canRun();

function canRun(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A real terminal of a given size with a shell in it that runs the command once. */
export interface TmuxTerminal {
  /** Presses keys by tmux's names: `Enter`, `Escape`, `C-c`, `x`. */
  press(...keys: string[]): void;
  /** Types a text as it is. */
  type(text: string): void;
  /** Puts a text in as a terminal does when it is pasted. */
  paste(text: string): void;
  /** What is on the screen, a line for each row. */
  screen(): string;
  /** What is on the screen once it fits. */
  waitFor(what: RegExp, timeoutMs?: number): Promise<string>;
  /** Every byte that has reached the terminal, as text. */
  painted(): string;
  /** The colour sequences on the screen. */
  colours(): string[];
  resize(columns: number, rows: number): void;
  /** The process id of the command. */
  pid(): Promise<number>;
  close(): void;
}

export interface TmuxSettings {
  columns: number;
  rows: number;
  args: readonly string[];
  /** Where it runs. */
  folder: string;
  env: Record<string, string>;
}

let opened = 0;

/** Before the command runs the screen says BEFORE, and afterwards its exit code as `CODE=n`. */
export function openTmux({ columns, rows, args, folder, env }: TmuxSettings): TmuxTerminal {
  const name = `agentnet-test-${process.pid}-${opened++}`;
  const pidFile = join(tmpdir(), `${name}.pid`);
  const quoted = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
  const script = `echo BEFORE; sh -c 'echo $$ > "$1"; shift; exec "$@"' sh '${pidFile}' ${quoted}; echo "CODE=$?"; exec cat`;
  const tmux = (...words: string[]) => execFileSync('tmux', ['-L', name, ...words], { encoding: 'utf8', env: bare() });
  const variables = Object.entries({ ...env, TERM: 'tmux-256color' }).flatMap(([key, value]) => [
    '-e',
    `${key}=${value}`,
  ]);
  tmux(
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-x',
    String(columns),
    '-y',
    String(rows),
    '-c',
    folder,
    ...variables,
    'sh',
    '-c',
    script,
  );
  const paintedFile = join(tmpdir(), `${name}.painted`);
  tmux('pipe-pane', '-O', `exec cat > '${paintedFile}'`);
  const screen = () => tmux('capture-pane', '-p');
  return {
    press: (...keys) => void tmux('send-keys', ...keys),
    type: (text) => void tmux('send-keys', '-l', text),
    paste: (text) => {
      tmux('set-buffer', text);
      tmux('paste-buffer', '-p');
    },
    screen,
    waitFor: async (what, timeoutMs = 45_000) => {
      let last = '';
      const look = () => {
        last = screen();
        return what.test(last) ? last : undefined;
      };
      return eventually(look, timeoutMs).catch(() => {
        throw new Error(`the screen never fits ${what}; it is\n${last}`);
      });
    },
    painted: () => readFileSync(paintedFile, 'utf8'),
    colours: () =>
      tmux('capture-pane', '-p', '-e')
        .split('\u001b')
        .slice(1)
        .map((code) => code.replace(/m.*/s, '')),
    resize: (wider, higher) => void tmux('resize-window', '-x', String(wider), '-y', String(higher)),
    pid: () => eventually(() => pidIn(pidFile)),
    close: () => {
      // A second time there is nothing left to close.
      try {
        tmux('kill-server');
      } catch {
        return;
      }
      for (const file of [pidFile, paintedFile]) rmSync(file, { force: true });
    },
  };
}

function pidIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function bare(): NodeJS.ProcessEnv {
  const { NATS_URL: _url, AGENTNET_TOKEN: _token, TMUX: _outer, NO_COLOR: _plain, ...rest } = process.env;
  return { ...rest, LC_ALL: 'C.UTF-8' };
}
