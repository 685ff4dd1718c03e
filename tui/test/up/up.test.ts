import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from '@agentnet/sdk/transport';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findNatsServer } from '../../src/up/find-nats-server.js';
import { startNatsServer } from '../../src/up/nats-server.js';
import { type AgentnetProcess, agentnet, startAgentnet } from '../agentnet-process.js';
import { isRunning, untilGone } from '../eventually.js';
import { tempFolder } from '../temp-folder.js';

/** A network on a free port in a folder of its own, killed after the test if it still runs. */
function startUp(dataDir: string): AgentnetProcess {
  const network = startAgentnet(['up', '--json', '--port', '0', '--data-dir', dataDir]);
  onTestFinished(() => {
    network.child.kill('SIGKILL');
  });
  return network;
}

// The built-in database takes seconds to make, longer on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

test('given a free folder, when started with --json, then agents can join, a second start there is refused, and SIGTERM stops everything', async () => {
  const dataDir = join(await tempFolder(), 'network');
  const network = startUp(dataDir);
  const ready = await network.event('ready');
  expect(ready).toMatchObject({ data_dir: dataDir, pid: network.child.pid });
  const second = startUp(dataDir);
  expect(await second.exitCode()).toBe(2);
  expect(JSON.parse(second.errors())).toMatchObject({ error: { code: 'data_dir_locked' } });
  const client = await connect({ url: ready.nats_url });
  await client.close();
  const { pid } = await network.event('nats');
  network.child.kill('SIGTERM');
  expect(await network.exitCode()).toBe(0);
  expect(isRunning(pid)).toBe(false);
  expect(network.lines.map((line) => JSON.parse(line).event)).toEqual([
    'starting',
    'nats',
    'registry',
    'ready',
    'stopped',
  ]);
  expect(network.errors()).toBe('');
});

test('given a network killed with SIGKILL, when its folder is used again, then no nats-server was left, and when the new one dies, the command ends with its last words', async () => {
  const dataDir = await tempFolder();
  const first = startUp(dataDir);
  await first.event('ready');
  const { pid } = await first.event('nats');
  first.child.kill('SIGKILL');
  await first.exitCode();
  await untilGone(pid);
  const second = startUp(dataDir);
  await second.event('ready');
  process.kill((await second.event('nats')).pid, 'SIGKILL');
  expect(await second.exitCode()).toBe(2);
  expect(second.errors()).toContain('nats_server_failed');
  expect(second.errors()).toContain('Server is ready');
});

test('given a taken port, when started, then it ends with exit code 2 and says what to do', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    other.close();
  });
  const { port } = other.address() as { port: number };
  const { code, errors } = await agentnet(['up', '--port', String(port), '--data-dir', await tempFolder()]);
  expect(code).toBe(2);
  expect(errors).toContain(`error: [port_in_use] port ${port} of 127.0.0.1 is taken\nTake another port with --port`);
});

test('given --demo and --once, when run, then five checked steps are told and it succeeds', async () => {
  const { code, output, errors } = await agentnet([
    'up',
    '--demo',
    '--once',
    '--port',
    '0',
    '--data-dir',
    await tempFolder(),
  ]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toMatch(/1\. Discovery.*@echo.*2\. .*accepted.*processed.*3\. .*4\. .*42.*5\. The thread.*reply/s);
});

test('given a running NATS server, when used with --nats-url, then no other is started and it runs on afterwards', async () => {
  const dataDir = await tempFolder();
  const settings = { host: '127.0.0.1', port: 0, token: 'of-that-server', dataDir };
  const server = await startNatsServer(findNatsServer(process.env), settings);
  onTestFinished(() => server.stop());
  const natsUrl = `nats://of-that-server@127.0.0.1:${server.port}`;
  const network = ['up', '--nats-url', natsUrl, '--data-dir', dataDir, '--demo', '--once', '--json'];
  const { code, output } = await agentnet(network);
  expect(code).toBe(0);
  expect(output).toContain(`{"event":"nats","nats_url":"nats://127.0.0.1:${server.port}","pid":null}`);
  expect(output).not.toContain('of-that-server');
  expect(isRunning(server.pid)).toBe(true);
});
