import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from '@agentnet/sdk/transport';
import { expect, onTestFinished, test } from 'vitest';
import { findNatsServer } from '../../src/up/find-nats-server.js';
import { type RunningNatsServer, startNatsServer } from '../../src/up/nats-server.js';
import { untilGone } from '../eventually.js';
import { tempFolder } from '../temp-folder.js';

const token = 'a-token-for-tests';

async function start(port = 0): Promise<RunningNatsServer & { dataDir: string }> {
  const dataDir = await tempFolder();
  const server = await startNatsServer(findNatsServer(process.env), { host: '127.0.0.1', port, token, dataDir });
  onTestFinished(() => server.stop());
  return { ...server, dataDir };
}

test('given a free port, when started, then clients with the token get in and others do not', async () => {
  const { port } = await start();
  const client = await connect({ url: `nats://${token}@127.0.0.1:${port}` });
  await client.close();
  await expect(connect({ url: `nats://wrong@127.0.0.1:${port}` })).rejects.toMatchObject({
    code: 'authorization_failed',
  });
});

test('given a running server, when its configuration and command line are read, then only the owner can see the token', async () => {
  const { dataDir, pid } = await start();
  const path = join(dataDir, 'nats-server.conf');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).toContain(token);
  const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]);
  expect(stdout).toContain(path);
  expect(stdout).not.toContain(token);
});

test('given a running server, when stopped, then its process is gone', async () => {
  const server = await start();
  await server.stop();
  await untilGone(server.pid);
});

test('given a running server, when it dies by itself, then that is noticed and its last log lines are told', async () => {
  const server = await start();
  process.kill(server.pid, 'SIGTERM');
  expect(await server.stopped).toContain('Server Exiting');
});

test('given a taken port, when started, then it fails with port_in_use', async () => {
  const { port } = await start();
  await expect(start(port)).rejects.toMatchObject({
    code: 'port_in_use',
    detail: `port ${port} of 127.0.0.1 is taken`,
  });
});

test('given a program that is no server, when started, then it fails with what it said', async () => {
  const dataDir = await tempFolder();
  const program = join(dataDir, 'nats-server');
  await writeFile(program, '#!/bin/sh\necho "no such flag" >&2\nexit 3\n', { mode: 0o755 });
  const settings = { host: '127.0.0.1', port: 0, token, dataDir };
  await expect(startNatsServer(program, settings)).rejects.toMatchObject({
    code: 'nats_server_failed',
    detail: expect.stringContaining('no such flag'),
  });
});

test('given no nats-server anywhere but in a Go folder, when looked for, then it is found there', async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, 'nats-server'), '', { mode: 0o755 });
  expect(findNatsServer({ PATH: '', GOBIN: folder })).toBe(join(folder, 'nats-server'));
});

test('given no nats-server at all, when looked for, then it fails with nats_server_missing', () => {
  expect(() => findNatsServer({ PATH: '/nowhere', GOPATH: '/nowhere' }, [])).toThrow('[nats_server_missing]');
});
