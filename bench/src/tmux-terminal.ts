import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A program in a real terminal, listened to over one lasting connection: what it paints arrives here without anybody asking. */
export interface TmuxTerminal {
  /** The program's process. */
  readonly pid: number;
  /** Bytes painted so far. */
  readonly painted: () => number;
  /** Presses a key and gives the milliseconds until what is painted next holds `answer`. */
  keyEcho(key: string, answer: string): Promise<number>;
  /** Waits until what is painted holds a text. */
  until(text: string): Promise<void>;
  close(): Promise<void>;
}

export interface TmuxSettings {
  readonly columns: number;
  readonly rows: number;
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Longest wait for a program to paint something. */
const patienceMs = 30_000;
let opened = 0;

/** Whether there is a tmux to run programs in. */
export function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export async function openTmux({ columns, rows, program, env }: TmuxSettings): Promise<TmuxTerminal> {
  const name = `agentnet-bench-${process.pid}-${opened++}`;
  const tmux = (...words: string[]) => execFileSync('tmux', ['-L', name, ...words], { encoding: 'utf8' }).trim();
  const variables = Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  const size = ['-x', String(columns), '-y', String(rows)];
  tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...variables, ...program);
  const pid = Number(tmux('display-message', '-p', '#{pane_pid}'));
  const control = spawn('tmux', ['-L', name, '-C', 'attach'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const painting = new Painting(control);
  const until = (text: string) => painting.until(text);
  const commands = control.stdin as Writable;
  return {
    pid,
    painted: () => painting.bytes,
    until,
    async keyEcho(key, answer) {
      const at = performance.now();
      commands.write(`send-keys ${key}\n`);
      await until(answer);
      return performance.now() - at;
    },
    async close() {
      tmux('kill-server');
      if (control.exitCode === null) await once(control, 'exit');
    },
  };
}

/** What a tmux in control mode tells about its pane: `%output %0 <text, control characters as \ooo>`. */
class Painting {
  bytes = 0;
  #awaited: { readonly text: string; readonly found: () => void } | undefined;
  /** What is looked for can come in two pieces. */
  #tail = '';

  constructor(control: ChildProcess) {
    createInterface({ input: control.stdout as Readable }).on('line', (line) => {
      if (line.startsWith('%output ')) this.#take(line.slice(line.indexOf(' ', '%output '.length) + 1));
    });
  }

  until(text: string): Promise<void> {
    this.#tail = '';
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the program did not paint ${text}`)), patienceMs);
      const found = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#awaited = { text, found };
    });
  }

  #take(text: string): void {
    this.bytes += text.replaceAll(/\\\d{3}/g, '.').length;
    if (!this.#awaited) return;
    const seen = this.#tail + text;
    this.#tail = seen.slice(-this.#awaited.text.length);
    if (!seen.includes(this.#awaited.text)) return;
    const { found } = this.#awaited;
    this.#awaited = undefined;
    found();
  }
}
