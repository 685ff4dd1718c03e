import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { writePart } from '../../src/blobs/atomic-file.js';
import { defaultBlobRoot } from '../../src/blobs/blob-root.js';
import { deleteBlob, getBlobBytes, getBlobFile, getBlobText, headBlob } from '../../src/blobs/get-blob.js';
import { LocalFsStore } from '../../src/blobs/local-fs-store.js';
import { putBlobBytes, putBlobFile } from '../../src/blobs/put-blob.js';
import { useFolder } from './use-folder.js';

const hello = new TextEncoder().encode('hello');
const helloSha256 = createHash('sha256').update(hello).digest('hex');
const hostileIds = [
  '',
  '.',
  '..',
  '../x',
  '/etc/hostname',
  'a/b',
  'a\\b',
  'a\0',
  'a.b',
  '*',
  '>',
  'x'.repeat(129),
  'é',
];
const path = useFolder();
let store: LocalFsStore;

beforeEach(() => {
  store = new LocalFsStore(path('root'));
});

describe('layout', () => {
  it('given bytes and a description, when they are put, then data and an indented record with sorted keys are there', async () => {
    const metadata = { pages: 2, author: { name: 'Ann', id: 'a1' } };
    const reference = await putBlobBytes(store, hello, { blobId: 'b1', filename: 'a/b.txt', metadata });
    expect(await readFile(path('root', 'data', 'b1'), 'utf8')).toBe('hello');
    const record = [
      '{',
      '  "blob_id": "b1",',
      `  "created_at": "${reference.created_at}",`,
      '  "filename": "a_b.txt",',
      '  "metadata": {',
      '    "author": {',
      '      "id": "a1",',
      '      "name": "Ann"',
      '    },',
      '    "pages": 2',
      '  },',
      '  "mime_type": "application/octet-stream",',
      `  "sha256": "${helloSha256}",`,
      '  "size_bytes": 5,',
      '  "storage": "local_fs",',
      '  "type": "blob_ref"',
      '}',
    ];
    expect(await readFile(path('root', 'meta', 'b1.json'), 'utf8')).toBe(record.join('\n'));
    expect(await readdir(path('root', 'data'))).toEqual(['b1']);
    expect(await readdir(path('root', 'meta'))).toEqual(['b1.json']);
  });

  it('given the flat layout of older TypeScript peers, when a blob is read, then it is found', async () => {
    await mkdir(path('root'));
    await writeFile(path('root', 'b1'), hello);
    const record = { type: 'blob_ref', blob_id: 'b1', storage: 'local_fs', sha256: helloSha256, size_bytes: 5 };
    await writeFile(path('root', 'b1.json'), JSON.stringify(record));
    expect(await getBlobText(store, 'b1')).toBe('hello');
  });

  it('given no folder named, when the root is chosen, then the environment decides before the working folder', () => {
    expect(defaultBlobRoot({ AGENTNET_BLOB_DIR: path('elsewhere') })).toBe(path('elsewhere'));
    expect(defaultBlobRoot({})).toMatch(/[\\/]\.agentnet_blobs$/);
  });
});

describe('reading', () => {
  it('given a stored blob, when it is deleted, then it is gone and a second delete says so', async () => {
    const reference = await putBlobBytes(store, hello);
    expect(await headBlob(store, reference)).toEqual(reference);
    expect(await deleteBlob(store, reference)).toBe(true);
    expect(await deleteBlob(store, reference)).toBe(false);
    await expect(headBlob(store, reference)).rejects.toMatchObject({ code: 'blob_not_found' });
  });

  it('given an empty blob and one that is no text, when they are read, then bytes come back and text is refused', async () => {
    const [empty, binary] = [new Uint8Array(), Uint8Array.of(0xff, 0x00)];
    expect(await getBlobText(store, await putBlobBytes(store, empty))).toBe('');
    const reference = await putBlobBytes(store, binary);
    expect(await getBlobBytes(store, reference)).toEqual(binary);
    await expect(getBlobText(store, reference)).rejects.toMatchObject({ code: 'blob_not_text' });
  });

  it('given a blob larger than the caller takes, when it is read, then it is refused', async () => {
    const reference = await putBlobBytes(store, hello);
    await expect(getBlobBytes(store, reference, { maxBytes: 4 })).rejects.toMatchObject({ code: 'blob_too_large' });
  });

  it('given a reference with another digest than the record, when it is read, then it fails as corrupt', async () => {
    const reference = await putBlobBytes(store, hello);
    const forged = { ...reference, sha256: '0'.repeat(64) };
    await expect(getBlobBytes(store, forged)).rejects.toMatchObject({ code: 'blob_corrupt' });
  });
});

describe('damage', () => {
  for (const [what, damage] of [
    ['a flipped byte', () => writeFile(path('root', 'data', 'b1'), 'hellO')],
    ['missing bytes', () => writeFile(path('root', 'data', 'b1'), 'hell')],
    ['more bytes', () => writeFile(path('root', 'data', 'b1'), 'hello!')],
    ['a record that is no JSON', () => writeFile(path('root', 'meta', 'b1.json'), '{')],
    [
      'a record about another blob',
      () => writeFile(path('root', 'meta', 'b1.json'), '{"type":"blob_ref","blob_id":"b2"}'),
    ],
  ] as const) {
    it(`given ${what}, when the blob is read into a file, then it fails and the file stays as it was`, async () => {
      await putBlobBytes(store, hello, { blobId: 'b1' });
      await writeFile(path('target'), 'before');
      await damage();
      await expect(getBlobFile(store, 'b1', path('target'))).rejects.toMatchObject({ code: 'blob_corrupt' });
      await expect(getBlobBytes(store, 'b1')).rejects.toMatchObject({ code: 'blob_corrupt' });
      expect(await readFile(path('target'), 'utf8')).toBe('before');
      expect((await readdir(path())).sort()).toEqual(['root', 'target']);
    });
  }

  it('given what an interrupted put leaves, when the same blob is put again, then it is complete', async () => {
    await mkdir(path('root', 'data'), { recursive: true });
    await writePart(path('root', 'data'), [hello.subarray(0, 2)]);
    await writeFile(path('root', 'data', 'b1'), hello);
    await expect(getBlobBytes(store, 'b1')).rejects.toMatchObject({ code: 'blob_not_found' });
    await putBlobBytes(store, hello, { blobId: 'b1' });
    expect(await getBlobText(store, 'b1')).toBe('hello');
  });

  it('given a file that cannot be read to its end, when it is put, then nothing of it stays', async () => {
    const cancelled = new AbortController();
    await writeFile(path('source'), new Uint8Array(1_000_000));
    const put = putBlobFile(store, path('source'), {
      signal: cancelled.signal,
      onProgress: () => cancelled.abort(),
    });
    await expect(put).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(path('root', 'data'))).toEqual([]);
    expect(await readdir(path('root', 'meta'))).toEqual([]);
  });
});

describe('one id', () => {
  it('given the same bytes twice, when they are put under one id, then the second put returns what is on record', async () => {
    const first = await putBlobBytes(store, hello, { blobId: 'b1', filename: 'first' });
    expect(await putBlobBytes(store, hello, { blobId: 'b1', filename: 'second' })).toEqual(first);
  });

  it('given other bytes, when they are put under a taken id, then they are refused and the blob stays', async () => {
    await putBlobBytes(store, hello, { blobId: 'b1' });
    const other = putBlobBytes(store, hello.subarray(1), { blobId: 'b1' });
    await expect(other).rejects.toMatchObject({ code: 'blob_exists' });
    expect(await getBlobText(store, 'b1')).toBe('hello');
  });

  it('given twenty different contents at once, when they are put under one id, then one wins and is whole', async () => {
    const contents = Array.from({ length: 20 }, (_, index) => new Uint8Array(300_000).fill(index));
    const outcomes = await Promise.allSettled(contents.map((bytes) => putBlobBytes(store, bytes, { blobId: 'b1' })));
    const won = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await getBlobBytes(store, 'b1')).toEqual(contents[won]);
    expect(await readdir(path('root', 'data'))).toEqual(['b1']);
  });
});

describe('staying in the root', () => {
  for (const id of hostileIds) {
    it(`given the id ${JSON.stringify(id)}, when it is put, read or deleted, then it is refused and nothing is made`, async () => {
      const refused = { code: 'blob_id_invalid' };
      const draft = { blobId: id, mimeType: 'a/b', createdAt: '2026-01-01T00:00:00Z' };
      await expect(putBlobBytes(store, hello, { blobId: id })).rejects.toMatchObject(refused);
      await expect(getBlobBytes(store, id)).rejects.toMatchObject(refused);
      await expect(deleteBlob(store, id)).rejects.toMatchObject(refused);
      await expect(store.put(draft, (async function* () {})())).rejects.toMatchObject(refused);
      await expect(store.open(id)).rejects.toMatchObject(refused);
      await expect(store.delete(id)).rejects.toMatchObject(refused);
      expect(await readdir(path())).toEqual([]);
    });
  }

  it('given links that lead out of the root, when blobs are read through them, then they are refused', async () => {
    await putBlobBytes(store, hello, { blobId: 'b1' });
    await putBlobBytes(store, hello, { blobId: 'b2' });
    await symlink(path('root', 'data', 'b1'), path('root', 'data', 'b3'));
    await writeFile(path('root', 'meta', 'b3.json'), '{"type":"blob_ref","blob_id":"b3"}');
    await symlink(path('root', 'meta', 'b2.json'), path('root', 'meta', 'b4.json'));
    await expect(getBlobBytes(store, 'b3')).rejects.toMatchObject({ code: 'blob_corrupt' });
    await expect(getBlobBytes(store, 'b4')).rejects.toMatchObject({ code: 'blob_corrupt' });
  });

  it('given a data folder that is a link, when a blob is put, then it is refused', async () => {
    await mkdir(path('elsewhere'));
    await mkdir(path('root'));
    await symlink(path('elsewhere'), path('root', 'data'));
    await expect(putBlobBytes(store, hello)).rejects.toMatchObject({ code: 'blob_corrupt' });
    expect(await readdir(path('elsewhere'))).toEqual([]);
  });
});
