import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { Objm } from '@nats-io/obj';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Blobs } from '../../src/blobs/blobs.js';
import { deleteBlob, getBlobBytes, getBlobText, headBlob } from '../../src/blobs/get-blob.js';
import { NatsObjectStore } from '../../src/blobs/nats-object-store.js';
import { putBlobBytes } from '../../src/blobs/put-blob.js';
import { connect } from '../../src/connection/index.js';
import { NatsServer } from '../harness/nats-server.js';
import { useFolder } from './use-folder.js';

const hello = new TextEncoder().encode('hello');
const stream = 'OBJ_agentnet_blobs';
const path = useFolder();
let storeDir = '';
let server: NatsServer;
let here: NatsObjectStore;
let there: NatsObjectStore;
let raw: NatsConnection;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'agentnet-js-'));
  server = await new NatsServer('-js', '-sd', storeDir).start();
  here = await NatsObjectStore.open({ natsUrl: server.url });
  there = await NatsObjectStore.open({ natsUrl: server.url });
  raw = await connect({ url: server.url });
});
afterAll(async () => {
  await Promise.all([here.close(), there.close(), raw.close()]);
  await server.stop();
  await rm(storeDir, { recursive: true, force: true });
});

describe('two machines', () => {
  it('given a blob put on one, when its reference is used on the other, then the bytes and all facts are there', async () => {
    const metadata = { pages: 2, tags: ['ä'] };
    const reference = await putBlobBytes(here, hello, { mimeType: 'text/plain', filename: 'ä b.txt', metadata });
    expect(reference).toMatchObject({ storage: 'nats_object', size_bytes: 5, filename: 'ä b.txt', metadata });
    expect(await headBlob(there, reference.blob_id)).toEqual(reference);
    expect(await getBlobText(there, reference)).toBe('hello');
  });

  it('given an empty blob and one of several chunks, when they are read, then they are equal', async () => {
    const large = new Uint8Array(300_001).map((_, index) => index % 251);
    expect(await getBlobBytes(there, await putBlobBytes(here, new Uint8Array()))).toEqual(new Uint8Array());
    expect(await getBlobBytes(there, await putBlobBytes(here, large))).toEqual(large);
  });

  it('given references of both storages, when one Blobs reads them, then each comes from the store it names', async () => {
    await using blobs = new Blobs({ root: path('here'), natsUrl: server.url });
    const local = await blobs.putBlobBytes(hello);
    const network = await blobs.putBlobBytes(hello, { storage: 'nats_object' });
    expect([local.storage, network.storage]).toEqual(['local_fs', 'nats_object']);
    expect([await blobs.getBlobText(local), await blobs.getBlobText(network)]).toEqual(['hello', 'hello']);
    await using elsewhere = new Blobs({ root: path('there'), natsUrl: server.url, storage: 'nats_object' });
    expect(await elsewhere.getBlobText(network.blob_id)).toBe('hello');
    await expect(elsewhere.getBlobText(local)).rejects.toMatchObject({ code: 'blob_not_found' });
  });
});

describe('one id', () => {
  it('given the same and other bytes, when they are put again, then the first are returned and the others refused', async () => {
    const first = await putBlobBytes(here, hello, { blobId: 'taken' });
    expect(await putBlobBytes(there, hello, { blobId: 'taken' })).toEqual(first);
    const other = putBlobBytes(there, hello.subarray(1), { blobId: 'taken' });
    await expect(other).rejects.toMatchObject({ code: 'blob_exists' });
    expect(await getBlobText(there, first)).toBe('hello');
  });

  it('given ten contents at once from two machines, when they are put under one id, then one wins and nothing else stays', async () => {
    const contents = Array.from({ length: 10 }, (_, index) => new Uint8Array(200_000).fill(index));
    const before = await subjectsOfChunks();
    const outcomes = await Promise.allSettled(
      contents.map((bytes, index) => putBlobBytes(index % 2 ? here : there, bytes, { blobId: 'raced' })),
    );
    const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'won' : outcome.reason.code));
    expect(codes.filter((code) => code === 'won')).toHaveLength(1);
    expect(codes.filter((code) => code === 'blob_exists')).toHaveLength(9);
    expect(await getBlobBytes(here, 'raced')).toEqual(contents[codes.indexOf('won')]);
    expect(await subjectsOfChunks()).toBe(before + 1);
  });

  it('given a deleted blob, when it is read and put anew, then it was gone and the id is free', async () => {
    await putBlobBytes(here, hello, { blobId: 'again' });
    expect(await deleteBlob(there, 'again')).toBe(true);
    expect(await deleteBlob(here, 'again')).toBe(false);
    await expect(getBlobBytes(here, 'again')).rejects.toMatchObject({ code: 'blob_not_found' });
    await putBlobBytes(here, hello.subarray(1), { blobId: 'again' });
    expect(await getBlobText(there, 'again')).toBe('ello');
  });
});

describe('refusals', () => {
  for (const id of ['', '../x', 'a.b', '>', 'a b']) {
    it(`given the id ${JSON.stringify(id)}, when it is put or read, then it is refused`, async () => {
      const refused = { code: 'blob_id_invalid' };
      await expect(putBlobBytes(here, hello, { blobId: id })).rejects.toMatchObject(refused);
      await expect(here.open(id)).rejects.toMatchObject(refused);
      await expect(here.delete(id)).rejects.toMatchObject(refused);
    });
  }

  it('given a lost chunk, when the blob is read, then it fails as corrupt', async () => {
    const reference = await putBlobBytes(here, new Uint8Array(300_000));
    const info = await (await new Objm(raw).open('agentnet_blobs')).info(reference.blob_id);
    const manager = await jetstreamManager(raw);
    const { seq } = (await manager.direct.getMessage(stream, { seq: 1, next_by_subj: chunksOf(info?.nuid) })) ?? {
      seq: 0,
    };
    await manager.streams.deleteMessage(stream, seq);
    await expect(getBlobBytes(there, reference)).rejects.toMatchObject({ code: 'blob_corrupt' });
  });

  it('given changed bytes in the bucket, when the blob is read, then it fails as corrupt', async () => {
    const reference = await putBlobBytes(here, hello);
    const objects = await new Objm(raw).open('agentnet_blobs');
    await objects.putBlob({ name: reference.blob_id }, new TextEncoder().encode('hellO'));
    await expect(getBlobBytes(there, reference)).rejects.toMatchObject({ code: 'blob_corrupt' });
  });

  it('given a server without JetStream, when the store is opened, then it fails as blob_store_failed', async () => {
    await using plain = await new NatsServer().start();
    await expect(NatsObjectStore.open({ natsUrl: plain.url })).rejects.toMatchObject({ code: 'blob_store_failed' });
  });
});

describe('traffic', () => {
  it('given a tap on ordinary inboxes, when blobs travel, then nothing passes there', async () => {
    const seen: string[] = [];
    raw.subscribe('_INBOX.>', { callback: (_, { subject }) => void seen.push(subject) });
    await raw.flush();
    await getBlobBytes(there, await putBlobBytes(here, new Uint8Array(300_000)));
    await raw.flush();
    expect(seen).toEqual([]);
  });

  it('given a reader that stops after one chunk, when nothing more is asked for, then nothing more is fetched', async () => {
    const reference = await putBlobBytes(here, new Uint8Array(2_000_000));
    const fetched: string[] = [];
    raw.subscribe(`$JS.API.DIRECT.GET.${stream}`, { callback: (_, { subject }) => void fetched.push(subject) });
    await raw.flush();
    const stored = await there.open(reference.blob_id);
    for await (const _chunk of stored?.content ?? []) break;
    await headBlob(there, reference);
    await raw.flush();
    expect(fetched).toHaveLength(1);
  });
});

function chunksOf(nuid = ''): string {
  return `$O.agentnet_blobs.C.${nuid}`;
}

async function subjectsOfChunks(): Promise<number> {
  const manager = await jetstreamManager(raw);
  const { state } = await manager.streams.info(stream, { subjects_filter: '$O.agentnet_blobs.C.>' });
  return Object.keys(state.subjects ?? {}).length;
}
