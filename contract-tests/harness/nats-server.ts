import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateFiles } from './certificate-authority.js';
import { eventually } from './eventually.js';
import { exited } from './exited.js';

export interface NatsServerOptions {
  /** Whether the server stores streams. @default true */
  jetStream?: boolean;
  /** TCP port; 0 picks a free one. @default 0 */
  port?: number;
  /** Folder of the streams; the default is a temporary one, removed by `stop()`. */
  storeDir?: string;
  /** Shared token clients must present. */
  token?: string;
  /** Makes the server demand TLS. */
  tls?: CertificateFiles;
}

/** A real nats-server child process on 127.0.0.1. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the process and starts a new one on the same port and store. */
  restart(): Promise<void>;
  /** Ends the process with SIGKILL, or the signal given; `restart()` brings it back. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

interface Running {
  process: ChildProcess;
  port: number;
}

/** Starts a nats-server and returns once it accepts connections. */
export async function startNats(options: NatsServerOptions = {}): Promise<NatsServer> {
  const home = await mkdtemp(join(tmpdir(), 'agentnet-nats-'));
  const storeDir = options.storeDir ?? join(home, 'store');
  let running = await launch({ ...options, storeDir }, home);
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    running.process.kill(signal);
    await exited(running.process);
  };
  const stop = async (): Promise<void> => {
    await kill('SIGTERM');
    await rm(home, { recursive: true, force: true });
  };
  return {
    get url() {
      return `${options.tls ? 'tls' : 'nats'}://${options.token ? `${options.token}@` : ''}127.0.0.1:${running.port}`;
    },
    get port() {
      return running.port;
    },
    get pid() {
      return running.process.pid ?? 0;
    },
    kill,
    stop,
    async restart() {
      await kill('SIGTERM');
      running = await launch({ ...options, storeDir, port: running.port }, home);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(options: NatsServerOptions & { storeDir: string }, home: string): Promise<Running> {
  const args = ['-a', '127.0.0.1', '-p', String(options.port || -1), '--ports_file_dir', home];
  if (options.jetStream ?? true) args.push('-js', '-sd', options.storeDir);
  if (options.token) args.push('--auth', options.token);
  if (options.tls) args.push('--tls', '--tlscert', options.tls.certFile, '--tlskey', options.tls.keyFile);
  const child = spawn('nats-server', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4000);
  });
  child.on('error', (cause) => {
    log += cause.message;
  });
  const port = await eventually(() => readPort(home, child), {
    until: (found) => found !== undefined || child.exitCode !== null || child.pid === undefined,
    what: 'the port of nats-server',
  });
  if (port === undefined) throw new Error(`nats-server did not start: ${log}`);
  return { process: child, port };
}

async function readPort(home: string, child: ChildProcess): Promise<number | undefined> {
  const name = `nats-server_${child.pid}.ports`;
  if (!(await readdir(home)).includes(name)) return undefined;
  const ports: unknown = JSON.parse((await readFile(join(home, name), 'utf8')) || '{}');
  const urls = (ports as { nats?: string[] }).nats ?? [];
  return urls[0] ? Number(new URL(urls[0]).port) : undefined;
}
