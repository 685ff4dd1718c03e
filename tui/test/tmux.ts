import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';
import { tempFolder } from './temp-folder.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../bin/agentnet.mjs', import.meta.url));

/** bash in a real terminal, with `agentnet` as a command. */
export interface TmuxShell {
  /** Types text as it is. */
  type(text: string): Promise<void>;
  /** Presses keys by their tmux names, such as `Enter`, `Tab` or `C-c`. */
  press(...keys: string[]): Promise<void>;
  /** Waits until the screen, without blanks at the ends of lines, matches, and gives it. */
  screen(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** The screen with its escape sequences. */
  painted(): Promise<string>;
}

export async function tmuxShell(env: Record<string, string> = {}, rcLines: readonly string[] = []): Promise<TmuxShell> {
  const folder = await tempFolder();
  await chmod(program, 0o755);
  await symlink(program, join(folder, 'agentnet'));
  const variables = { NODE: process.execPath, XDG_CONFIG_HOME: folder, CI: '', ...env };
  const exports = Object.entries(variables).map(([name, value]) =>
    value === '' ? `unset ${name}` : `export ${name}='${value}'`,
  );
  const rc = join(folder, 'rc');
  await writeFile(rc, [`PATH='${folder}':$PATH`, ...exports, ...rcLines, "PS1='ready> '"].join('\n'));
  const socket = `agentnet-${randomUUID()}`;
  const tmux = async (...args: string[]) => (await run('tmux', ['-L', socket, ...args])).stdout;
  onTestFinished(async () => {
    await tmux('kill-server').catch(() => undefined);
  });
  await tmux('-f', '/dev/null', 'new-session', '-d', '-x', '120', '-y', '30', `bash --noprofile --rcfile '${rc}' -i`);
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
  };
  await shell.screen(/^ready>/m);
  return shell;
}
