import { readdir, truncate, writeFile } from 'node:fs/promises';
import type { JsonObject } from '@agentnet/protocol';
import { limits } from '@agentnet/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { getBlobFile } from '../../src/blobs/get-blob.js';
import { LocalFsStore } from '../../src/blobs/local-fs-store.js';
import { type PutBlobOptions, putBlobBytes, putBlobFile } from '../../src/blobs/put-blob.js';
import { AgentNetError } from '../../src/index.js';
import { useFolder } from './use-folder.js';

const path = useFolder();
const nothing = new Uint8Array();
let store: LocalFsStore;

beforeEach(() => {
  store = new LocalFsStore(path('root'));
});

describe('what is put', () => {
  it('given a file and no name, when it is put, then the reference has only the keys that are set', async () => {
    await writeFile(path('a ü+.txt'), 'x');
    const reference = await putBlobFile(store, path('a ü+.txt'));
    expect(Object.keys(reference)).toEqual([
      'type',
      'blob_id',
      'storage',
      'mime_type',
      'size_bytes',
      'filename',
      'sha256',
      'created_at',
    ]);
    expect(reference).toMatchObject({ filename: 'a ü_.txt', mime_type: 'application/octet-stream', size_bytes: 1 });
    expect(Object.keys(await putBlobBytes(store, nothing))).not.toContain('filename');
  });

  it('given a file larger than a blob may be, when it is put, then it is refused before it is copied', async () => {
    await writeFile(path('large'), '');
    await truncate(path('large'), limits.blobMaxBytes + 1);
    await expect(putBlobFile(store, path('large'))).rejects.toMatchObject({ code: 'blob_too_large' });
    expect(await readdir(path('root', 'data'))).toEqual([]);
  });

  for (const [what, options] of [
    ['metadata too large', { metadata: { text: 'x'.repeat(limits.blobMetadataMaxBytes) } }],
    ['metadata that is a list', { metadata: [] as unknown as JsonObject }],
    ['metadata without JSON form', { metadata: { number: Number.NaN } }],
    ['a media type too long', { mimeType: 'x'.repeat(limits.nameMaxLength + 1) }],
    ['a misspelt option', { mime: 'a/b' } as PutBlobOptions],
  ] as const) {
    it(`given ${what}, when bytes are put, then it is refused as invalid_option`, async () => {
      const failure = await putBlobBytes(store, nothing, options).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(AgentNetError);
      expect(failure).toMatchObject({ code: 'invalid_option' });
    });
  }

  for (const name of ['missing', '.']) {
    it(`given ${name} as the file, when it is put, then it is refused as invalid_option`, async () => {
      await expect(putBlobFile(store, path(name))).rejects.toMatchObject({ code: 'invalid_option' });
    });
  }
});

describe('failures of the disk', () => {
  it('given a root that is a file, when bytes are put, then it fails as blob_store_failed with the cause', async () => {
    await writeFile(path('root'), '');
    const put = putBlobBytes(store, nothing);
    await expect(put).rejects.toMatchObject({ code: 'blob_store_failed', cause: expect.any(Error) });
  });

  it('given a target folder that is missing, when a blob is read into it, then it fails as blob_store_failed', async () => {
    const reference = await putBlobBytes(store, nothing);
    const got = getBlobFile(store, reference, path('missing', 'target'));
    await expect(got).rejects.toMatchObject({ code: 'blob_store_failed' });
  });
});
