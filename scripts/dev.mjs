// Development loop: regenerates when the spec changes, recompiles when code changes, restarts the demo network after each good build.
import { spawn, spawnSync } from 'node:child_process';
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = (args, stdio) => spawn(process.execPath, args, { cwd: root, stdio });

let network;
const compiler = node(
  [join(root, 'node_modules/typescript/bin/tsc'), '-b', '--watch', '--preserveWatchOutput'],
  ['ignore', 'pipe', 'inherit'],
);
compiler.stdout.on('data', (chunk) => {
  process.stdout.write(chunk);
  if (String(chunk).includes('Found 0 errors')) restart();
});

let pending;
watch(join(root, 'spec'), { recursive: true }, () => {
  clearTimeout(pending);
  pending = setTimeout(() => spawnSync('npm', ['run', '--silent', 'gen'], { cwd: root, stdio: 'inherit' }), 200);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    compiler.kill();
    if (!network) process.exit(0);
    network.once('exit', () => process.exit(0));
    network.kill();
  });
}

function restart() {
  const start = () => {
    network = node(['tui/bin/agentnet.mjs', 'up', '--demo', ...process.argv.slice(2)], 'inherit');
    network.once('exit', () => {
      network = undefined;
    });
  };
  if (!network) return start();
  network.once('exit', start);
  network.kill();
}
