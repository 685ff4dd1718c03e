// The next version, from the changesets: every manifest, npm and Python, gets the same number, and CHANGELOG.md a section. Nothing is committed or published.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = process.cwd();
const pythonManifests = ['generated/python/pyproject.toml', 'sdk/python/pyproject.toml'];
const read = (path) => readFileSync(join(root, path), 'utf8');
const write = (path, text) => writeFileSync(join(root, path), text);
const version = () => JSON.parse(read('sdk/typescript/package.json')).version;

const entries = readdirSync(join(root, '.changeset'))
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .sort()
  .map((file) => summaryOf(read(`.changeset/${file}`)));
if (entries.length === 0) {
  console.error('There is no changeset, so there is nothing to release. Describe what changed with: npx changeset');
  process.exit(1);
}

const before = version();
const changeset = createRequire(import.meta.url).resolve('@changesets/cli/bin.js');
const { status } = spawnSync(process.execPath, [changeset, 'version'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
const after = version();

for (const path of pythonManifests) {
  const numbered = read(path)
    .replace(`version = "${before}"`, `version = "${after}"`)
    .replace(`agentnet-protocol==${before}`, `agentnet-protocol==${after}`);
  write(path, numbered);
}
const section = `## ${after}\n\n${entries.join('\n')}\n\n`;
write(
  'CHANGELOG.md',
  read('CHANGELOG.md').replace(/^## /m, () => `${section}## `),
);
console.log(`${before} -> ${after}. Now: npm install --package-lock-only, npm test, commit, tag v${after}.`);

/** What stands below the front matter, as an item of a list. */
function summaryOf(text) {
  const [, , ...summary] = text.split(/^---$/m);
  return `- ${summary.join('---').trim().replaceAll('\n', '\n  ')}`;
}
