import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const published = ['generated/typescript', 'sdk/typescript', 'registry', 'tui', 'contract-tests'];
const pythonManifests = ['generated/python/pyproject.toml', 'sdk/python/pyproject.toml'];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license: string;
  readonly engines?: { readonly node: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly access: string };
  readonly workspaces: readonly string[];
}

const manifestOf = (folder: string, path: string): Manifest =>
  JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'));
const { workspaces } = manifestOf(root, '.');

/** Every place of a folder that names the version, with what it says. */
function versionsIn(folder: string): Record<string, string[]> {
  const npmVersions = workspaces.map((path) => {
    const { version, dependencies = {}, devDependencies = {} } = manifestOf(folder, path);
    const own = Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) =>
      /^@?agentnet(\/|$)/.test(name),
    );
    return [path, [version, ...own.map(([, wanted]) => wanted)]] as const;
  });
  const pythonVersions = pythonManifests.map((path) => {
    const text = readFileSync(join(folder, path), 'utf8');
    const numbers = [...text.matchAll(/^version = "(.+)"$|agentnet-protocol==([^"]+)/gm)];
    return [path, numbers.map(([, version, wanted]) => version ?? wanted ?? '')] as const;
  });
  const [, newest = ''] = /^## (\S+)$/m.exec(readFileSync(join(folder, 'CHANGELOG.md'), 'utf8')) ?? [];
  return Object.fromEntries([...npmVersions, ...pythonVersions, ['CHANGELOG.md', [newest]]]);
}

test('given all manifests and the changelog, when their versions are read, then there is one number', () => {
  const versions = versionsIn(root);
  expect(pythonManifests.map((path) => versions[path]?.length)).toEqual([1, 2]);
  expect(new Set(Object.values(versions).flat()).size, JSON.stringify(versions, null, 1)).toBe(1);
});

test('given the workspaces, when their manifests are read, then exactly the published ones are not private', () => {
  const open = workspaces.filter((path) => !manifestOf(root, path).private);
  expect(open.sort()).toEqual(published.toSorted());
});

test.each(
  published,
)('given the manifest of %s, when it is read, then licence, Node.js version and access are those of all', (path) => {
  const { dependencies = {}, ...manifest } = manifestOf(root, path);
  expect(manifest).toMatchObject({ license: 'MIT', engines: manifestOf(root, '.').engines });
  expect(manifest.publishConfig).toEqual({ access: 'public' });
  const loose = Object.entries(dependencies).filter(([, wanted]) => !/^\d+\.\d+\.\d+/.test(wanted));
  expect(loose, 'dependencies are pinned').toEqual([]);
});

describe('a release', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'agentnet-release-'));
    const files = [
      'package.json',
      'CHANGELOG.md',
      ...workspaces.map((path) => `${path}/package.json`),
      ...pythonManifests,
    ];
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(join(root, file), join(folder, file));
    }
    mkdirSync(join(folder, '.changeset'));
    cpSync(join(root, '.changeset/config.json'), join(folder, '.changeset/config.json'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const version = () => run(process.execPath, [join(root, 'scripts/version.mjs')], { cwd: folder, timeout: 60_000 });

  test('given no changeset, when the next version is made, then that is refused with the remedy', async () => {
    await expect(version()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npx changeset') });
  }, 90_000);

  test('given a changeset for one package, when the next version is made, then all manifests and the changelog agree on it', async () => {
    const before = manifestOf(root, 'sdk/typescript').version;
    writeFileSync(join(folder, '.changeset/lamp.md'), '---\n"@agentnet/sdk": minor\n---\n\nAgents have a lamp.\n');
    await version();
    const numbers = new Set(Object.values(versionsIn(folder)).flat());
    expect([numbers.size, numbers.has(before)]).toEqual([1, false]);
    const [next] = numbers;
    expect(readFileSync(join(folder, 'CHANGELOG.md'), 'utf8')).toContain(
      `## ${next}\n\n- Agents have a lamp.\n\n## ${before}\n`,
    );
    expect(readdirSync(join(folder, '.changeset'))).toEqual(['config.json']);
  }, 90_000);
});
