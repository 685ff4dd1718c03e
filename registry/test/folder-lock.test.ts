import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../src/store/database.js';
import { lockFolder } from '../src/store/folder-lock.js';

/** The embedded database takes a second to open, ten where all cores are busy. */
const opensTwiceTimeoutMs = 120_000;
const holderScript = fileURLToPath(new URL('harness/hold-folder.mjs', import.meta.url));

describe('folder lock', () => {
  let parent: string;
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'agentnet-lock-'));
  });
  afterAll(() => rm(parent, { recursive: true }));

  test('given a folder locked by another process, when locked, then the error names folder and remedy', async () => {
    const folder = join(parent, 'shared');
    const holder = await holdInAnotherProcess(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'data_dir_locked',
      message: expect.stringMatching(new RegExp(`${folder}.*stop it, or give this one a folder of its own`)),
    });
    await kill(holder);
  });

  test('given a holder that was killed, when locked, then it succeeds', async () => {
    const folder = join(parent, 'killed');
    await kill(await holdInAnotherProcess(folder));
    const lock = await lockFolder(folder);
    await lock.release();
  });

  test('given a lock of this process, when the folder is locked by another name, then it is refused until released', async () => {
    const folder = join(parent, 'own');
    const lock = await lockFolder(folder);
    await symlink(folder, join(parent, 'alias'));
    await expect(lockFolder(join(parent, 'alias'))).rejects.toMatchObject({ code: 'data_dir_locked' });
    await lock.release();
    await (await lockFolder(folder)).release();
  });

  test(
    'given an embedded database, when its folder is opened again, then it is refused until it is closed',
    async () => {
      const options = { kind: 'pglite', dataDir: join(parent, 'database') } as const;
      const database = await openDatabase(options);
      await expect(openDatabase(options)).rejects.toMatchObject({ code: 'data_dir_locked' });
      await database.close();
      const again = await openDatabase(options);
      const files = (await readdir(new URL('../src/store/migrations', import.meta.url))).length;
      expect(await again.query('SELECT count(*) AS files FROM agent_migrations')).toEqual([{ files }]);
      await again.close();
    },
    opensTwiceTimeoutMs,
  );
});

async function holdInAnotherProcess(folder: string) {
  const child = spawn(process.execPath, [holderScript, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: Awaited<ReturnType<typeof holdInAnotherProcess>>): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
