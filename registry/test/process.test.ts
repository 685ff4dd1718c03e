import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type NatsServer, startNatsServer } from './harness/nats-server.js';
import { Wire } from './harness/wire.js';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const TOKEN = 'not_to_be_shown';

describe('the registry process', () => {
  const running: ChildProcess[] = [];
  let nats: NatsServer;
  let dataDir: string;

  beforeAll(async () => {
    nats = await startNatsServer({ token: TOKEN });
    dataDir = await mkdtemp(join(tmpdir(), 'agentnet-registry-'));
  });
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });
  afterAll(async () => {
    await nats.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  function start(env: Record<string, string>) {
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'], NATS_URL: nats.url, AGENTNET_DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    const output: string[] = [];
    const errors: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => output.push(line));
    const ended = once(child, 'close').then(([code]) => code as number);
    const ready = new Promise<Record<string, unknown>>((resolve, reject) => {
      lines.on('line', (line) => {
        const entry = JSON.parse(line);
        if (entry.event === 'ready') resolve(entry);
      });
      void ended.then((code) => reject(new Error(`ended with ${code}:\n${errors.join('\n')}\n${output.join('\n')}`)));
    });
    ready.catch(() => {});
    return { child, output, errors, ended, ready };
  }

  test('given good configuration, when started, then it says ready, serves, is healthy and ends cleanly on SIGTERM', async () => {
    const registry = start({ HTTP_PORT: '0', DB_WRITE_BATCH_SIZE: '1' });
    const { http_port, server_id } = await registry.ready;
    expect(server_id).toBe('registry');
    const wire = await Wire.connect(nats.url);
    expect(await wire.register({ agent_id: 'a' })).toMatchObject({ username: 'a' });
    await wire.close();
    const pages = await Promise.all(
      ['healthz', 'readyz', 'metrics', 'else'].map(async (path) => {
        const response = await fetch(`http://127.0.0.1:${http_port}/${path}`);
        return [response.status, await response.text()];
      }),
    );
    expect(pages.slice(0, 2)).toEqual([
      [200, 'ok\n'],
      [200, 'ready\n'],
    ]);
    expect(pages[2]?.[1]).toContain('agentnet_registry_calls_total{operation="register"} 1\n');
    expect(pages[3]?.[0]).toBe(404);
    registry.child.kill('SIGTERM');
    expect(await registry.ended).toBe(0);
    expect(registry.errors).toEqual([]);
    expect(registry.output.some((line) => line.includes('DB_WRITE_BATCH_SIZE has no effect any more'))).toBe(true);
    expect(registry.output.join()).not.toContain(TOKEN);
  });

  test.each([
    [{ AGENT_TTL_SECONDS: 'x' }, 2, '[invalid_option] AGENT_TTL_SECONDS must be a number >= 1, got "x"'],
    [{ DEV_AUTH: 'perhaps' }, 2, '[invalid_option] DEV_AUTH'],
    [{ NATS_URL: `nats://${TOKEN}@127.0.0.1:1` }, 1, '[connect_failed]'],
    [{ DATABASE_URL: `postgres://u:${TOKEN}@127.0.0.1:1/x` }, 1, '[database_unavailable]'],
  ])('given %j, when started, then it ends with one line that says what is wrong', async (env, code, message) => {
    const registry = start(env);
    expect(await registry.ended).toBe(code);
    expect(registry.errors).toEqual([expect.stringContaining(message)]);
    expect([...registry.errors, ...registry.output].join()).not.toContain(TOKEN);
  });

  test('given a folder in use, when a second process starts on it, then it is refused', async () => {
    const first = start({ LOG_LEVEL: 'ERROR' });
    await first.ready;
    const second = start({});
    expect(await second.ended).toBe(1);
    expect(second.errors).toEqual([expect.stringContaining('[data_dir_locked]')]);
  });
});
