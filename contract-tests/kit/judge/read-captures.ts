import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseRecordedFrame } from './captured-frame.js';
import type { Capture } from './judge-capture.js';

/** A recording that cannot be read; the message names the line and the remedy. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}

/** Reads a recording, or all recordings of a folder in the order of their names. */
export async function readCaptures(path: string): Promise<readonly Capture[]> {
  const files = await filesAt(path);
  if (files.length === 0)
    throw new CaptureError(`${path} holds no .jsonl file; name a recording or a folder of recordings`);
  return Promise.all(
    files.map(async (file) => ({
      name: basename(file, '.jsonl'),
      frames: framesIn(file, await readFile(file, 'utf8')),
    })),
  );
}

async function filesAt(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => join(path, name));
  } catch (cause) {
    throw new CaptureError(`${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function framesIn(file: string, text: string): Capture['frames'] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || /^\s*\{\s*"_meta"/.test(line)) return [];
    try {
      const frame = parseRecordedFrame(line);
      if (typeof frame.subject !== 'string' || typeof frame.afterMs !== 'number')
        throw new SyntaxError('no subject or no dt_ms');
      return [frame];
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : cause;
      throw new CaptureError(
        `${file} line ${index + 1} is no frame: ${why}; each line has n, subject, reply, bytes, payload and dt_ms`,
        { cause },
      );
    }
  });
}
