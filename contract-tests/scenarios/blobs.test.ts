import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, nowTimestamp } from '@agentnet/protocol';
import { Blobs, readBlobRef, sendBlobRef } from '@agentnet/sdk';
import { expect } from 'vitest';
import {
  aMessage,
  Cleanup,
  countInThread,
  eventually,
  eventuallyEqual,
  onEachDatabase,
  rule,
  uniqueName,
  useNetwork,
} from '../harness/index.js';

const text = 'Grüße, this is what the blob holds';
const bytes = new TextEncoder().encode(text);
const sha256 = createHash('sha256').update(bytes).digest('hex');

onEachDatabase('blobs', (database) => {
  const network = useNetwork(database, { env: { AGENT_TTL_SECONDS: '60' } });

  rule(
    ['blob.reference', 'blob.bytes'],
    'given a blob of one agent, when its reference is sent, then the other gets it by §17 and the history shows the payload',
    async () => {
      await inStores(['local_fs', 'nats_object'], async (storage, stores) => {
        const [ann, bob] = [await network().peer(), await network().peer()];
        const reference = await stores.ofAnn.putBlobBytes(bytes, {
          storage,
          filename: 'a.txt',
          mimeType: 'text/plain',
        });
        const threadId = uniqueName('thread');
        await sendBlobRef(ann.node, bob.accountId, reference, { threadId });
        const [received] = await eventually(() => bob.handled, { until: ({ length }) => length > 0 });
        expect(received?.payload).toEqual({
          type: 'blob_ref',
          blob_id: expect.stringMatching(/^blob_[0-9a-z]{26}$/),
          storage,
          mime_type: 'text/plain',
          size_bytes: bytes.length,
          filename: 'a.txt',
          sha256,
          created_at: expect.any(String),
        });
        expect(check('BlobRef', received?.payload)).toEqual([]);
        const reader = storage === 'local_fs' ? stores.ofAnn : stores.ofBob;
        expect(await reader.getBlobText(readBlobRef(received?.payload) ?? '')).toBe(text);
        await eventuallyEqual(() => countInThread(network().client, threadId), 1);
        const { messages } = await network().client.ask('thread_messages', { thread_id: threadId });
        expect(messages.map(({ payload }) => payload)).toEqual([received?.payload]);
      });
    },
  );

  rule(
    ['blob.network', 'blob.bytes'],
    'given a blob that looks like a message, when it travels between machines, then history does not record it',
    async () => {
      await inStores(['nats_object'], async (storage, stores) => {
        const [hidden, marker] = [
          aMessage({ thread_id: uniqueName('thread') }),
          aMessage({ thread_id: uniqueName('thread') }),
        ];
        const reference = await stores.ofAnn.putBlobBytes(new TextEncoder().encode(JSON.stringify(hidden)), {
          storage,
        });
        expect(JSON.parse(await stores.ofBob.getBlobText(reference))).toEqual(hidden);
        const { client } = network();
        client.publish('_INBOX.marker', marker);
        await eventuallyEqual(() => countInThread(client, marker.thread_id), 1);
        expect(await countInThread(client, hidden.thread_id)).toBe(0);
      });
    },
  );

  rule(
    ['blob.read', 'stream.read.type'],
    'given a bare reference with its type in capitals, when it is received, then it is read with the defaults',
    async () => {
      const [ann, bob] = [await network().peer(), await network().peer()];
      await ann.send(bob.accountId, { type: ' BLOB_REF ', blob_id: 'b1' });
      const [received] = await eventually(() => bob.handled, { until: ({ length }) => length > 0 });
      expect(readBlobRef(received?.payload)).toEqual({
        type: 'blob_ref',
        blob_id: 'b1',
        storage: 'local_fs',
        mime_type: 'application/octet-stream',
      });
    },
  );

  rule(
    'blob.layout',
    'given a put and a store written by an older Python peer, when they are looked at, then both have the same layout',
    async () => {
      await inStores(['local_fs'], async (_, { ofAnn, root }) => {
        const reference = await ofAnn.putBlobBytes(bytes, { metadata: { b: 1, a: { d: 1, c: 2 } } });
        const id = reference.blob_id;
        expect(await readFile(join(root, 'data', id), 'utf8')).toBe(text);
        const record = await readFile(join(root, 'meta', `${id}.json`), 'utf8');
        expect(JSON.parse(record)).toEqual(reference);
        expect([...record.matchAll(/^ {2}"(\w+)"/gm)].map(([, key]) => key)).toEqual(Object.keys(reference).sort());

        await writeFile(join(root, 'data', 'blob_of_python'), bytes);
        await writeFile(join(root, 'meta', 'blob_of_python.json'), pythonRecord('blob_of_python'));
        expect(await ofAnn.getBlobText('blob_of_python')).toBe(text);
        expect(await ofAnn.headBlob('blob_of_python')).toMatchObject({ filename: 'ä.txt', sha256 });
      });
    },
  );

  rule(
    'blob.id',
    'given ids that lead out of the store, when they are received and read, then they are refused before any file is touched',
    async () => {
      await inStores(['local_fs', 'nats_object'], async (storage, { ofAnn, root }) => {
        const [ann, bob] = [await network().peer(), await network().peer()];
        await mkdir(join(root, 'data'), { recursive: true });
        await writeFile(join(root, 'x'), 'secret');
        for (const blob_id of ['../x', '/etc/hostname', 'a/b', '..', 'a\\b']) {
          const known = bob.handled.length;
          await ann.send(bob.accountId, { type: 'blob_ref', blob_id, storage });
          const received = await eventually(() => bob.handled[known]);
          expect(() => readBlobRef(received?.payload)).toThrow(expect.objectContaining({ code: 'blob_id_invalid' }));
          await expect(ofAnn.getBlobBytes(blob_id)).rejects.toMatchObject({ code: 'blob_id_invalid' });
          await expect(ofAnn.putBlobBytes(bytes, { blobId: blob_id, storage })).rejects.toMatchObject({
            code: 'blob_id_invalid',
          });
        }
        await expect(ofAnn.getBlobBytes('')).rejects.toMatchObject({ code: 'blob_id_invalid' });
        expect(await readdir(join(root, 'data'))).toEqual([]);
      });
    },
  );

  rule(
    ['blob.integrity', 'blob.atomic'],
    'given a flipped byte in the store, when the blob is read, then it fails and no target file appears',
    async () => {
      await inStores(['local_fs'], async (_, { ofAnn, root }) => {
        const reference = await ofAnn.putBlobBytes(bytes);
        const flipped = bytes.map((byte, index) => (index === 3 ? byte ^ 1 : byte));
        await writeFile(join(root, 'data', reference.blob_id), flipped);
        await expect(ofAnn.getBlobBytes(reference)).rejects.toMatchObject({ code: 'blob_corrupt' });
        await expect(ofAnn.getBlobBytes(reference.blob_id)).rejects.toMatchObject({ code: 'blob_corrupt' });
        const target = join(root, 'target');
        await expect(ofAnn.getBlobFile(reference, target)).rejects.toMatchObject({ code: 'blob_corrupt' });
        expect((await readdir(root)).sort()).toEqual(['data', 'meta']);
      });
    },
  );

  rule(
    'blob.atomic',
    'given a stored blob, when other bytes are put under its id, then they are refused and the blob stays',
    async () => {
      await inStores(['local_fs', 'nats_object'], async (storage, { ofAnn }) => {
        const { blob_id: blobId } = await ofAnn.putBlobBytes(bytes, { storage });
        const again = ofAnn.putBlobBytes(bytes.subarray(1), { storage, blobId });
        await expect(again).rejects.toMatchObject({ code: 'blob_exists' });
        expect(await ofAnn.getBlobText({ type: 'blob_ref', blob_id: blobId, storage })).toBe(text);
      });
    },
  );

  interface Stores {
    /** Folder of Ann's file store. */
    readonly root: string;
    readonly ofAnn: Blobs;
    /** On another machine: another folder, another connection. */
    readonly ofBob: Blobs;
  }

  async function inStores<T extends string>(
    storages: readonly T[],
    prove: (storage: T, stores: Stores) => Promise<void>,
  ): Promise<void> {
    for (const storage of storages) {
      const cleanup = new Cleanup();
      const [root, elsewhere] = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'agentnet-blobs-'))));
      for (const folder of [root, elsewhere]) cleanup.defer(() => rm(folder ?? '', { recursive: true, force: true }));
      const natsUrl = network().nats.url;
      const stores = [root, elsewhere].map((folder) => cleanup.use(new Blobs({ root: folder ?? '', natsUrl })));
      const [ofAnn, ofBob] = stores as [Blobs, Blobs];
      try {
        await prove(storage, { root: root ?? '', ofAnn, ofBob });
      } finally {
        await cleanup.run();
      }
    }
  }
});

/** As `json.dumps(reference, indent=2, sort_keys=True)` writes it. */
function pythonRecord(blobId: string): string {
  return [
    '{',
    `  "blob_id": "${blobId}",`,
    `  "created_at": "${nowTimestamp(0)}",`,
    '  "filename": "\\u00e4.txt",',
    '  "mime_type": "text/plain",',
    `  "sha256": "${sha256}",`,
    `  "size_bytes": ${bytes.length},`,
    '  "storage": "local_fs",',
    '  "type": "blob_ref"',
    '}',
  ].join('\n');
}
