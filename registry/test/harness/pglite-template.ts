import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/**
 * Makes one empty embedded database before all tests. Making one takes seconds, copying its folder does not; migrations still run
 * in each copy. Tests find it in `AGENTNET_TEST_PGLITE_TEMPLATE`.
 */
export default async function makePgliteTemplate(): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), 'agentnet-template-'));
  const folder = join(home, 'db');
  await (await PGlite.create(folder)).close();
  process.env['AGENTNET_TEST_PGLITE_TEMPLATE'] = folder;
  return () => rm(home, { recursive: true, force: true });
}
