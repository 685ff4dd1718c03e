import { createHash } from 'node:crypto';
import { mkdir, realpath, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentNetError } from '@agentnet/sdk/transport';

/** A folder that this process has for itself. */
export interface FolderLock {
  /** Lets others have it. */
  release(): Promise<void>;
}

/**
 * Reserves a folder for this process until `release` or the end of the process, however it ends. The lock is a local socket
 * named after the folder: the operating system frees it with the process, so neither a kill nor a reused process id can
 * leave it behind or fake it.
 *
 * @throws {AgentNetError} `data_dir_locked`
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const folder = await realpath(dir);
  const address = lockAddress(folder);
  const server = (await tryListen(address)) ?? (await takeOverLeftFile(address));
  if (!server) {
    throw new AgentNetError(
      'data_dir_locked',
      `another AgentNet process uses the folder ${folder}; stop it, or give this one a folder of its own (--data-dir)`,
    );
  }
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Linux has sockets without a file, Windows named pipes; both vanish with their process. Elsewhere it is a socket file. */
function lockAddress(folder: string): string {
  const name = `agentnet-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return join(tmpdir(), `${name}.lock`);
}

/** Undefined when somebody has the address. */
function tryListen(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') resolve(undefined);
      else reject(cause);
    });
    server.listen(address, () => resolve(server));
  });
}

/** A socket file survives a killed owner: nobody answers on it, and it may go. */
async function takeOverLeftFile(address: string): Promise<Server | undefined> {
  if (process.platform === 'linux' || process.platform === 'win32' || (await isAnswering(address))) return undefined;
  await unlink(address).catch(() => {});
  return tryListen(address);
}

function isAnswering(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
