import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { buildImage } from './harness/build-image.js';
import { startNatsServer } from './harness/nats-server.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('given an empty folder, when the steps of the container file are taken, then what runs in the image serves and holds no tools to build with', async () => {
  const into = mkdtempSync(join(tmpdir(), 'agentnet-image-'));
  onTestFinished(() => rmSync(into, { recursive: true }));
  const ignored = read('.dockerignore')
    .split('\n')
    .map((line) => line.replace('**/', ''));
  const image = await buildImage({ file: read('docker/Dockerfile'), context: root, ignored, into });
  expect(
    ['typescript', '@biomejs', 'vitest'].filter((name) => existsSync(join(image.workdir, 'node_modules', name))),
  ).toEqual([]);

  const nats = await startNatsServer();
  onTestFinished(() => nats.stop());
  const [program = '', ...args] = image.command;
  const { DATABASE_URL: _other, ...inherited } = process.env;
  const environment = { ...inherited, ...image.environment, AGENTNET_DATA_DIR: join(into, 'data'), HTTP_PORT: '0' };
  const registry = spawn(program, args, {
    cwd: image.workdir,
    env: { ...environment, HTTP_HOST: '127.0.0.1', NATS_URL: nats.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let port: number | undefined;
  for await (const line of createInterface({ input: registry.stdout })) {
    const event = JSON.parse(line);
    if (event.event !== 'ready') continue;
    port = event.http_port;
    break;
  }
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  registry.kill('SIGTERM');
  expect(await once(registry, 'exit')).toEqual([0, null]);
}, 600_000);
