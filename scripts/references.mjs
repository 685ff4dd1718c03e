// The reference manuals of both SDKs, from their doc comments: TypeDoc and pdoc, whose warnings are errors. `npm run docs [-- folder]`; the default is docs/reference.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonProgram } from './python.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [folder = join(root, 'docs/reference')] = process.argv.slice(2);
const typedoc = join(root, 'node_modules/typedoc/bin/typedoc');

run(process.execPath, [typedoc, '--out', resolve(folder, 'typescript')]);
const pdoc = ['-W', 'error', '-m', 'pdoc', '--docformat', 'google', '--output-directory', resolve(folder, 'python')];
run(pythonProgram(root, 'python'), [...pdoc, 'agentnet', 'agentnet_protocol']);

function run(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
