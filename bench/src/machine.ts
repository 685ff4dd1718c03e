import { spawnSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { findPostgresPrograms } from '@agentnet/contract-tests/harness/postgres-cluster';
import { pythonProgram } from './python-process.js';

/** What figures depend on, without names of hosts, people or folders. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly python: string;
  readonly natsServer: string;
  readonly database: string;
  /** Runnable processes in the minute before the run: other work on the machine. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const processors = cpus();
  const programs = findPostgresPrograms();
  return {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    python: versionOf(pythonProgram),
    natsServer: versionOf('nats-server'),
    database: programs ? versionOf(join(programs, 'postgres')) : 'PGlite',
    loadBefore: loadavg()[0] ?? 0,
  };
}

function versionOf(program: string): string {
  const { stdout = '' } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return stdout.trim() || 'not installed';
}
