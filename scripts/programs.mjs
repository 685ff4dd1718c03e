// Finds programs the project runs but npm cannot install, and installs them with the system's package manager where that is permitted.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const natsFolders = [
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
  join(homedir(), 'go', 'bin'),
];

/** Full path of an executable in PATH or in `folders`, else undefined. */
export function findProgram(name, folders = []) {
  const path = (process.env.PATH ?? '').split(delimiter);
  for (const folder of [...path, ...folders]) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here: the next folder may have it.
    }
  }
  return undefined;
}

export const findNatsServer = () => findProgram('nats-server', natsFolders);

/** Installs a package by its name in each package manager, or several; true when a manager reported success. */
export function installPackage({ apt, brew, go }, say) {
  const asRoot = process.getuid?.() === 0 ? [] : sudoWithoutPassword() ? ['sudo', '-n'] : undefined;
  if (apt && asRoot && findProgram('apt-get')) {
    const names = [apt].flat();
    say(`apt-get install ${names.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run([...asRoot, 'apt-get', 'update', '-qq'], env);
    if (run([...asRoot, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...names], env)) return true;
  }
  if (brew && findProgram('brew')) {
    const names = [brew].flat();
    say(`brew install ${names.join(' ')}`);
    if (run(['brew', 'install', ...names], process.env)) return true;
  }
  if (go && findProgram('go', ['/usr/local/go/bin'])) {
    say(`go install ${go}`);
    if (run([findProgram('go', ['/usr/local/go/bin']), 'install', go], process.env)) return true;
  }
  return false;
}

const sudoWithoutPassword = () => findProgram('sudo') !== undefined && run(['sudo', '-n', 'true'], process.env);

function run([command, ...args], env) {
  return spawnSync(command, args, { env, stdio: ['ignore', 'ignore', 'ignore'] }).status === 0;
}
