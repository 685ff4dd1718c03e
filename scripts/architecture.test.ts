import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('given the imports of the code, when the architecture page is compared with them, then picture and table are up to date', () => {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'architecture.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
}, 60_000);
