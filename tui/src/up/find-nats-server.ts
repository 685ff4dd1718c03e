import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ProtocolError } from '@agentnet/protocol';

const program = 'nats-server';
const systemFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/local/go/bin', '/opt/homebrew/bin'];

/**
 * Finds the nats-server program: PATH first, then where packages and `go install` put it although a user's PATH often lacks it.
 *
 * @throws {ProtocolError} `nats_server_missing`
 */
export function findNatsServer(environment: NodeJS.ProcessEnv, otherFolders = systemFolders): string {
  const folders = [...(environment['PATH'] ?? '').split(delimiter), ...goFolders(environment), ...otherFolders].filter(
    (folder) => folder !== '',
  );
  const found = folders.map((folder) => join(folder, program)).find(isExecutable);
  if (found) return found;
  throw new ProtocolError('nats_server_missing', `no ${program} in PATH, /usr/sbin or Go's bin folder`);
}

function goFolders(environment: NodeJS.ProcessEnv): string[] {
  const goPaths = (environment['GOPATH'] ?? join(homedir(), 'go')).split(delimiter).filter((path) => path !== '');
  return [environment['GOBIN'] ?? '', ...goPaths.map((path) => join(path, 'bin'))];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
