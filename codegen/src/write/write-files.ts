import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Changes {
  readonly written: readonly string[];
  readonly deleted: readonly string[];
}

/**
 * Makes `folder` hold exactly `files` in the sub-folders they live in: files with other content are written, files nobody generated are deleted.
 * With `dryRun`, only says what would change.
 */
export function writeFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  { dryRun }: { dryRun: boolean },
): Changes {
  const written = [...files].filter(([path, text]) => readIfExists(join(folder, path)) !== text).map(([path]) => path);
  const ownedFolders = new Set([...files.keys()].map((path) => dirname(path)));
  const deleted = [...ownedFolders].flatMap((owned) => filesIn(folder, owned)).filter((path) => !files.has(path));
  if (!dryRun) {
    for (const path of written) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), files.get(path) ?? '');
    }
    for (const path of deleted) rmSync(join(folder, path));
  }
  return { written: written.sort(), deleted: deleted.sort() };
}

function readIfExists(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function filesIn(folder: string, below: string): string[] {
  const path = join(folder, below);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${below}/${entry.name}`);
}
