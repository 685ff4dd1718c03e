import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** A folder for the keys of agents under test, removed after the surrounding group. */
export function useKeyDir(): () => string {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentnet-keys-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}
