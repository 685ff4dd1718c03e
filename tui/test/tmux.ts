import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';
import { tempFolder } from './temp-folder.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../bin/agentnet.mjs', import.meta.url));

/** Where zsh, fish or tmux is missing, the tests that need it are skipped by name; `npm test` installs them where it may. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', name], { stdio: 'ignore' }).status === 0;
}

type ShellName = 'bash' | 'zsh' | 'fish';

/** How each begins: its settings file, in the folder it gets, and how it is started so that it reads no other. */
const beginnings: Readonly<
  Record<ShellName, { rc: string; export: (name: string, value: string) => string; prompt: string; start: string }>
> = {
  bash: {
    rc: 'rc',
    export: (name, value) => (value === '' ? `unset ${name}` : `export ${name}='${value}'`),
    prompt: "PS1='ready> '",
    start: "bash --noprofile --rcfile '$FOLDER/rc' -i",
  },
  zsh: {
    rc: '.zshrc',
    export: (name, value) => (value === '' ? `unset ${name}` : `export ${name}='${value}'`),
    // EDITOR may say vi, and then the keys are others.
    prompt: "bindkey -e; PS1='ready> '",
    start: "env ZDOTDIR='$FOLDER' zsh -d -i",
  },
  fish: {
    rc: 'fish/config.fish',
    export: (name, value) => (value === '' ? `set -e ${name}` : `set -gx ${name} '${value}'`),
    prompt: [
      'set -g fish_greeting',
      'set -g fish_autosuggestion_enabled 0',
      "function fish_prompt; echo -n 'ready> '; end",
    ].join('\n'),
    start: "env XDG_CONFIG_HOME='$FOLDER' fish -i",
  },
};

/** A shell in a real terminal, with `agentnet` as a command. */
export interface TmuxShell {
  /** Types text as it is. */
  type(text: string): Promise<void>;
  /** Presses keys by their tmux names, such as `Enter`, `Tab` or `C-c`. */
  press(...keys: string[]): Promise<void>;
  /** Waits until the screen, without blanks at the ends of lines, matches, and gives it. */
  screen(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** The screen with its escape sequences. */
  painted(): Promise<string>;
  resize(columns: number): Promise<void>;
  /** Closes the window: whatever runs in it loses its terminal. */
  close(): Promise<void>;
}

export async function tmuxShell(
  env: Record<string, string> = {},
  rcLines: readonly string[] = [],
  shellName: ShellName = 'bash',
): Promise<TmuxShell> {
  const beginning = beginnings[shellName];
  const folder = await tempFolder();
  await chmod(program, 0o755);
  await mkdir(join(folder, 'bin'));
  await symlink(program, join(folder, 'bin', 'agentnet'));
  const path = `${join(folder, 'bin')}:${process.env['PATH']}`;
  const variables = { PATH: path, NODE: process.execPath, XDG_CONFIG_HOME: folder, CI: '', ...env };
  const exports = Object.entries(variables).map(([name, value]) => beginning.export(name, value));
  const rc = join(folder, beginning.rc);
  await mkdir(dirname(rc), { recursive: true });
  await writeFile(rc, [...exports, ...rcLines, beginning.prompt, ''].join('\n'));
  const socket = `agentnet-${randomUUID()}`;
  const tmux = async (...args: string[]) => (await run('tmux', ['-L', socket, ...args])).stdout;
  onTestFinished(async () => {
    await tmux('kill-server').catch(() => undefined);
  });
  await tmux(
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-x',
    '120',
    '-y',
    '30',
    beginning.start.replace('$FOLDER', folder),
  );
  const shell: TmuxShell = {
    async type(text) {
      await tmux('send-keys', '-l', '--', text);
    },
    async press(...keys) {
      await tmux('send-keys', ...keys);
    },
    screen: (pattern, timeoutMs = 30_000) => {
      let last = '';
      return eventually(async () => {
        last = await tmux('capture-pane', '-p');
        return pattern.test(last) ? last : undefined;
      }, timeoutMs).catch(() => {
        throw new Error(`no ${pattern} on the screen:\n${last}`);
      });
    },
    painted: () => tmux('capture-pane', '-p', '-e'),
    resize: async (columns) => void (await tmux('resize-window', '-x', String(columns), '-y', '30')),
    close: async () => void (await tmux('kill-server')),
  };
  await shell.screen(/^ready>/m);
  return shell;
}
