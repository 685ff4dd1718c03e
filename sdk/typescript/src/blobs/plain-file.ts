import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { ValidationError } from '../errors.js';
import { isErrno } from './atomic-file.js';
import { chunkBytes } from './meter-blob.js';

/** Following a link would leave the root; opening a named pipe would wait for its other end. */
const plainly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The bytes of a file that is no link; it is opened when the first chunk is asked for.
 *
 * @throws {ValidationError} `blob_corrupt` when there is no such file, or it is something else
 */
export async function* readPlainFile(path: string): AsyncGenerator<Uint8Array> {
  const file = await openPlainly(path);
  if (!file) throw new ValidationError('blob_corrupt', `${path} is missing although its record is there`);
  try {
    const stream = file.createReadStream({ highWaterMark: chunkBytes, autoClose: false });
    for await (const chunk of stream) yield chunk as Uint8Array;
  } finally {
    await file.close();
  }
}

/** @returns undefined when there is no such file */
export async function readPlainText(path: string): Promise<string | undefined> {
  const file = await openPlainly(path);
  try {
    return await file?.readFile('utf8');
  } finally {
    await file?.close();
  }
}

/** @returns whether there was a file */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return false;
    throw cause;
  }
}

async function openPlainly(path: string): Promise<FileHandle | undefined> {
  try {
    const file = await open(path, plainly);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    if (!isErrno(cause, 'ELOOP', 'EMLINK', 'ENXIO')) throw cause;
  }
  throw new ValidationError('blob_corrupt', `${path} is a link or no plain file`);
}
