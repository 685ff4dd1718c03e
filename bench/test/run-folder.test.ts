import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { RunFolder } from '../src/run-folder.js';

/** A process that ends only when it is told to, in a group of its own as servers are that put themselves into the background. */
function startServer(env: Readonly<Record<string, string>>) {
  const server = spawn('tail', ['-f', '/dev/null'], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  return server;
}

test.skipIf(process.platform !== 'linux')(
  'given a server that left the group of its run, when the run is over, then it is ended and the folder removed, and others go on',
  async () => {
    const folder = new RunFolder();
    const [left, other] = [startServer(folder.env), startServer({})];
    const ended = once(left, 'exit');
    folder[Symbol.dispose]();
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(existsSync(folder.path)).toBe(false);
    expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  },
);
