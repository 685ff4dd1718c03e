import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '@agentnet/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlobStore } from '../../src/blobs/blob-store.js';
import { getBlobFile } from '../../src/blobs/get-blob.js';
import { LocalFsStore } from '../../src/blobs/local-fs-store.js';
import { NatsObjectStore } from '../../src/blobs/nats-object-store.js';
import { putBlobBytes, putBlobFile } from '../../src/blobs/put-blob.js';
import { connect } from '../../src/connection/index.js';
import { NatsServer } from '../harness/nats-server.js';
import { useFolder } from './use-folder.js';

const megabyte = 1024 * 1024;
const totalBytes = 20 * megabyte;
const path = useFolder();
let storeDir = '';
let server: NatsServer;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'agentnet-js-'));
  server = await new NatsServer('-js', '-sd', storeDir).start();
});
afterAll(async () => {
  await server.stop();
  await rm(storeDir, { recursive: true, force: true });
});

const stores: readonly [string, () => Promise<BlobStore & Partial<AsyncDisposable>>][] = [
  ['local_fs', async () => new LocalFsStore(path('root'))],
  ['nats_object', () => NatsObjectStore.open({ natsUrl: server.url })],
];

for (const [name, openStore] of stores) {
  describe(name, () => {
    it('given a file of 20 MB, when it is put and read back, then it is equal, with progress in small steps', async () => {
      const store = await openStore();
      const bytes = randomBytes(totalBytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await writeFile(path('source.bin'), bytes);
      const put: number[] = [];
      const got: number[] = [];
      const reference = await putBlobFile(store, path('source.bin'), {
        onProgress: ({ bytes: done }) => put.push(done),
      });
      expect(reference).toMatchObject({ size_bytes: totalBytes, sha256, filename: 'source.bin', storage: name });
      await getBlobFile(store, reference, path('target.bin'), { onProgress: ({ bytes: done }) => got.push(done) });
      expect(
        createHash('sha256')
          .update(await readFile(path('target.bin')))
          .digest('hex'),
      ).toBe(sha256);
      for (const steps of [put, got]) {
        expect(steps.length).toBeGreaterThanOrEqual(totalBytes / limits.messageMaxBytes);
        expect(steps).toEqual([...steps].sort((a, b) => a - b));
        expect(steps.at(-1)).toBe(totalBytes);
      }
      await store[Symbol.asyncDispose]?.();
    });

    it('given a reader that gives up, when the file is half read, then no target appears', async () => {
      const store = await openStore();
      const reference = await putBlobBytes(store, new Uint8Array(megabyte));
      const cancelled = new AbortController();
      const got = getBlobFile(store, reference, path('target.bin'), {
        signal: cancelled.signal,
        onProgress: () => cancelled.abort(),
      });
      await expect(got).rejects.toMatchObject({ code: 'cancelled' });
      expect((await readdir(path())).filter((entry) => entry !== 'root')).toEqual([]);
      await store[Symbol.asyncDispose]?.();
    });

    it('given a source that breaks, when it is put, then its error comes back and no blob appears', async () => {
      const store = await openStore();
      const broken = async function* () {
        const chunk = new Uint8Array(megabyte);
        yield chunk;
        throw new RangeError('the source broke');
      };
      const draft = { blobId: `broken_${name}`, mimeType: 'a/b', createdAt: '2026-01-01T00:00:00Z' };
      await expect(store.put(draft, broken())).rejects.toThrow('the source broke');
      expect(await store.open(draft.blobId)).toBeUndefined();
      await store[Symbol.asyncDispose]?.();
    });
  });
}

it('given a reader that takes three chunks of many, when it stops, then the store was asked for no more than those', async () => {
  const store = await NatsObjectStore.open({ natsUrl: server.url });
  const { blob_id } = await putBlobBytes(store, new Uint8Array(4 * megabyte));
  const watcher = await connect({ url: server.url });
  let asked = 0;
  watcher.subscribe('$JS.API.DIRECT.GET.>', { callback: () => void asked++ });
  await watcher.flush();
  const blob = await store.open(blob_id);
  // The record is read by requests of the same kind.
  await watcher.flush();
  const before = asked;
  const taken: number[] = [];
  for await (const { length } of blob?.content ?? []) {
    taken.push(length);
    if (taken.length === 3) break;
  }
  await watcher.flush();
  expect(taken).toHaveLength(3);
  expect(asked - before).toBe(3);
  await watcher.close();
  await store[Symbol.asyncDispose]();
});
