// Needs the Python packages: `npm run setup` makes .venv; PYTHON names another interpreter.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AgentNode } from '@agentnet/sdk';
import { natsUrl } from './network.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const python = process.env.PYTHON ?? here('../.venv/bin/python');
const adder = spawn(python, [here('python/adder.py')], {
  env: { ...process.env, NATS_URL: natsUrl },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(adder, 'exit');
try {
  const [said] = await Promise.race([once(createInterface({ input: adder.stdout }), 'line'), ended]);
  assert.equal(said, 'ready', 'the Python agent did not start');

  const doubler = new AgentNode({ agentId: 'ts-doubler', natsUrl });
  doubler.onMessage(({ payload }, { reply }) => reply({ result: 2 * payload.number }));
  await doubler.start();
  // TypeScript asks Python by capability; Python asks TypeScript back before it answers.
  const { payload } = await doubler.requestCapability({
    capability: 'example.python-add',
    payload: { x: 20, y: 1, doubler: `@${doubler.username}` },
  });
  await doubler.close();
  assert.deepEqual(payload, { sum: 21, doubled: 42 });
  console.log(`Python: 20 + 1 = ${payload.sum}; TypeScript: 2 * ${payload.sum} = ${payload.doubled}`);
} finally {
  adder.kill('SIGINT');
  await ended;
}
