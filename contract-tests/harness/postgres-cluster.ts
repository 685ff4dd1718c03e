import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePorts } from './free-ports.js';

/** A PostgreSQL server of the test's own, which it may stop and start. */
export interface PostgresCluster extends AsyncDisposable {
  readonly url: string;
  /** Its first process, the parent of the others. */
  readonly pid: number;
  /** Stops it as a crash would, cutting all connections. */
  stop(): void;
  /** Ends all of its processes with SIGKILL. */
  kill(): void;
  /** Sends SIGTERM: no new connection is taken, and those there are go on. */
  terminate(): void;
  /** Stops it in an orderly way (SIGINT), ending all connections. */
  shutDown(): void;
  /** Returns once it accepts connections again, on the same port. */
  start(): void;
}

/** The folder of `initdb` and `pg_ctl`; undefined when PostgreSQL's server programs are not installed. */
export function findPostgresPrograms(): string | undefined {
  const installed = '/usr/lib/postgresql';
  const versions = existsSync(installed) ? readdirSync(installed).sort().reverse() : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(installed, version, 'bin')),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')));
}

/** Makes and starts a throw-away cluster on a free port of 127.0.0.1. */
export async function startPostgres(programs: string): Promise<PostgresCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'agentnet-postgres-'));
  const owner = unprivilegedUser();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  let port = 0;
  const dataDir = join(folder, 'data');
  const run = (program: string, args: readonly string[]): void => {
    const { status, stderr } = spawnSync(join(programs, program), args, {
      cwd: folder,
      ...owner,
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  };
  const start = (): void => {
    const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
    run('pg_ctl', ['-D', dataDir, '-o', options, '-l', join(folder, 'log'), '-w', '-s', 'start']);
  };
  const stop = (): void => run('pg_ctl', ['-D', dataDir, '-m', 'immediate', '-w', '-s', 'stop']);
  const shutDown = (): void => run('pg_ctl', ['-D', dataDir, '-m', 'fast', '-w', '-s', 'stop']);
  const pidFile = join(dataDir, 'postmaster.pid');
  const firstPid = (): number => Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const terminate = (): void => void process.kill(firstPid(), 'SIGTERM');
  const kill = (): void => {
    killTree(firstPid());
    // Where nobody collects ended processes the number stays taken, and the next server would think this one runs.
    rmSync(pidFile);
  };
  try {
    run('initdb', ['-D', dataDir, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync']);
    // Chosen as late as can be, when initdb has taken its seconds.
    [port = 0] = await freePorts(1);
    start();
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw cause;
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    get pid() {
      return firstPid();
    },
    start,
    stop,
    kill,
    terminate,
    shutDown,
    async [Symbol.asyncDispose]() {
      if (existsSync(pidFile)) stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The process and its children, the parent first, so that it starts no others. */
function killTree(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  const children = stdout.split('\n').filter(Boolean).map(Number);
  for (const one of [pid, ...children]) process.kill(one, 'SIGKILL');
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
