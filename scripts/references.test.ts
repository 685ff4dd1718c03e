import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

test('given the doc comments, when the reference manuals are made, then nothing is warned about and the classes are in them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentnet-reference-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { stdout, stderr } = await run(process.execPath, [join(root, 'scripts/references.mjs'), folder], { cwd: root });
  expect(`${stdout}${stderr}`).not.toMatch(/warn/i);
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  expect(read('typescript/classes/_agentnet_sdk.index.AgentSDK.html')).toContain('askText');
  expect(read('python/agentnet.html')).toContain('ask_text');
}, 400_000);
