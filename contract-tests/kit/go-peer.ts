import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the Go peer's program is, or why this machine has none. */
export type GoPeerProgram = { readonly path: string } | { readonly missing: string };

/**
 * Builds the peer of `folder` into `cache`, under a name made of its sources, so that it is built once.
 *
 * @throws Error when the sources do not compile
 */
export function buildGoPeer(folder: string, cache: string): GoPeerProgram {
  const go = findGo();
  if (!go) return { missing: 'there is no go on the path' };
  const target = join(cache, `agentnet-go-peer-${digestOf(folder)}`);
  const path = join(target, process.platform === 'win32' ? 'peer.exe' : 'peer');
  if (existsSync(path)) return { path };
  const modules = run(go, ['mod', 'download'], folder);
  if (modules !== undefined) return { missing: `its modules could not be downloaded: ${modules}` };
  mkdirSync(target, { recursive: true });
  // Several test processes may build at once; after a rename none finds half a program.
  const built = `${path}.${process.pid}`;
  const broken = run(go, ['build', '-trimpath', '-buildvcs=false', '-o', built, '.'], folder);
  if (broken !== undefined) throw new Error(`the Go peer does not compile:\n${broken}`);
  renameSync(built, path);
  return { path };
}

function digestOf(folder: string): string {
  const digest = createHash('sha256');
  for (const name of readdirSync(folder).sort()) digest.update(name).update(readFileSync(join(folder, name)));
  return digest.digest('hex').slice(0, 16);
}

/** Go's installer leaves the path to the user. */
function findGo(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin'];
  return folders.map((folder) => join(folder, 'go')).find((path) => existsSync(path));
}

/** What the command complained of when it failed. */
function run(go: string, args: readonly string[], cwd: string): string | undefined {
  const { status, stderr, error } = spawnSync(go, args, { cwd, encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().slice(-2000));
}
