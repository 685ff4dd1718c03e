import { randomUUID } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

type Content = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Writes a new hidden file and waits until the disk has it. Its name is no blob id, so what an ended process leaves behind is never read.
 *
 * @returns its path
 */
export async function writePart(folder: string, content: Content): Promise<string> {
  const path = join(folder, `.${randomUUID()}.part`);
  const file = await open(path, 'wx');
  try {
    for await (const chunk of content) await file.writeFile(chunk);
    await file.sync();
  } catch (cause) {
    await file.close();
    await unlink(path);
    throw cause;
  }
  await file.close();
  return path;
}

/** Puts `content` in the place of `path` at once: readers see the old file or the whole new one. */
export async function replaceFile(path: string, content: Content): Promise<void> {
  const part = await writePart(dirname(path), content);
  try {
    await rename(part, path);
  } catch (cause) {
    await unlink(part);
    throw cause;
  }
  await syncFolder(dirname(path));
}

/**
 * Gives the file at `part` its final name, unless that is taken.
 *
 * @returns whether it was free
 */
export async function publishPart(part: string, path: string): Promise<boolean> {
  try {
    // Unlike a rename, a link never replaces a file.
    await link(part, path);
  } catch (cause) {
    if (isErrno(cause, 'EEXIST')) return false;
    throw cause;
  } finally {
    await unlink(part);
  }
  await syncFolder(dirname(path));
  return true;
}

/** Whether a file system call failed for this reason. */
export function isErrno(cause: unknown, ...codes: readonly string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.includes(String(cause.code));
}

/** Makes the new name itself durable, where the system lets a folder be synchronised. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
