import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** The revision or its spec does not exist. */
export class RevisionError extends Error {
  override readonly name = 'RevisionError';
}

/**
 * Writes the YAML files that `specFolder` held at a git revision into a new temporary folder, which the caller deletes.
 *
 * @throws {RevisionError} when git knows no such revision, or the revision no such folder.
 */
export function checkoutSpec(specFolder: string, revision: string): string {
  const top = git(specFolder, ['rev-parse', '--show-toplevel']).trim();
  const inRepository = relative(realpathSync(top), realpathSync(specFolder)).replaceAll('\\', '/');
  git(
    top,
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    `git knows no revision '${revision}'`,
  );
  const listed = git(top, ['ls-tree', '-r', '-z', '--name-only', revision, '--', `${inRepository}/`]);
  const paths = listed.split('\0').filter((path) => path.endsWith('.yaml'));
  if (!paths.includes(`${inRepository}/asyncapi.yaml`))
    throw new RevisionError(`'${revision}' has no ${inRepository}/asyncapi.yaml`);
  const folder = mkdtempSync(join(tmpdir(), 'agentnet-spec-'));
  try {
    for (const path of paths) {
      const target = join(folder, relative(inRepository, path));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, git(top, ['show', `${revision}:${path}`]));
    }
  } catch (failure) {
    rmSync(folder, { recursive: true, force: true });
    throw failure;
  }
  return folder;
}

function git(folder: string, args: readonly string[], failure?: string): string {
  try {
    return execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new RevisionError(failure ?? `git ${args[0]} failed: ${said}`, { cause });
  }
}
