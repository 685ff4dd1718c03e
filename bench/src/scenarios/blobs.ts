import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Blobs } from '@agentnet/sdk';
import { connect } from '@agentnet/sdk/transport';
import { type ObjectStore, Objm } from '@nats-io/obj';
import { secondsOf } from '../call-loads.js';
import { measureClosed } from '../measure.js';
import type { Comparison, Round, Scenario, Side } from '../scenario.js';

/** Stores and reads back; a name is used once. */
interface Shelf {
  put(name: string, bytes: Uint8Array): Promise<unknown>;
  get(name: string): Promise<Uint8Array>;
  remove(name: string): Promise<unknown>;
}

interface Shelves {
  readonly ours: Shelf;
  readonly raw: Shelf;
  /** Further counterparts of putting. */
  readonly besidePut?: Readonly<Record<string, Shelf>>;
}

const sizes = [
  ['64 KiB', 64 * 1024],
  ['4 MiB', 4 * 1024 * 1024],
] as const;
const seconds = 0.7;

/** Blobs put and got, beside plain files with a digest and beside a plain JetStream object store. */
export const blobs: Scenario = {
  name: 'blobs',
  about:
    'blobs put and got, one at a time: local_fs beside a file written, synced and hashed, nats_object beside a bare JetStream object store',
  budgetSeconds: 70,
  async prepare({ natsUrl }, { quick }) {
    const folder = await mkdtemp(join(tmpdir(), 'agentnet-bench-blobs-'));
    const own = new Blobs({ root: join(folder, 'blobs'), natsUrl });
    const connection = await connect({ url: natsUrl, name: 'agentnet-bench-blobs', inboxPrefix: '_BENCH' });
    const objects = await new Objm(connection).create('bench_blobs');
    const local = {
      ours: agentnetShelf(own, 'local_fs'),
      raw: fileShelf(folder, true),
      besidePut: { 'raw, not synced': fileShelf(folder, false) },
    };
    const network = { ours: agentnetShelf(own, 'nats_object'), raw: objectShelf(objects) };
    return {
      comparisons: sizes.flatMap(([size, bytes]) => [
        ...rows(`local_fs ${size}`, local, { bytes: randomBytes(bytes), quick }),
        ...rows(`nats_object ${size}`, network, { bytes: randomBytes(bytes), quick }),
      ]),
      async close() {
        await own.close();
        await connection.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

function rows(name: string, shelves: Shelves, load: { bytes: Uint8Array; quick: boolean }): Comparison[] {
  const row = (work: string, side: (shelf: Shelf) => Side): Comparison => ({
    name: `${name}, ${work}`,
    kind: 'calls',
    ours: side(shelves.ours),
    raw: side(shelves.raw),
    processes: () => ({ answering: 0 }),
  });
  const unsynced = Object.entries(shelves.besidePut ?? {}).map(([called, shelf]): [string, Side] => [
    called,
    (round) => measurePut(shelf, load, round),
  ]);
  return [
    { ...row('put', (shelf) => (round) => measurePut(shelf, load, round)), beside: Object.fromEntries(unsynced) },
    row('get', (shelf) => (round) => measureGet(shelf, load, round)),
  ];
}

/** What was put is removed after the clock has stopped. */
async function measurePut(shelf: Shelf, { bytes, quick }: { bytes: Uint8Array; quick: boolean }, round: Round) {
  const names: string[] = [];
  const put = (): Promise<unknown> => {
    const name = crypto.randomUUID();
    names.push(name);
    return shelf.put(name, bytes);
  };
  const sample = await measureClosed(put, { inFlight: 1, seconds: secondsOf(round, seconds, quick) });
  for (const name of names) await shelf.remove(name);
  return sample;
}

async function measureGet(shelf: Shelf, { bytes, quick }: { bytes: Uint8Array; quick: boolean }, round: Round) {
  const name = crypto.randomUUID();
  await shelf.put(name, bytes);
  const get = async (): Promise<void> => {
    const { length } = await shelf.get(name);
    if (length !== bytes.length) throw new Error(`${length} bytes came back of ${bytes.length}`);
  };
  const sample = await measureClosed(get, { inFlight: 1, seconds: secondsOf(round, seconds, quick) });
  await shelf.remove(name);
  return sample;
}

function agentnetShelf(store: Blobs, storage: 'local_fs' | 'nats_object'): Shelf {
  const named = (blob_id: string) => ({ type: 'blob_ref', blob_id, storage }) as const;
  return {
    put: (blobId, bytes) => store.putBlobBytes(bytes, { blobId, storage }),
    get: (name) => store.getBlobBytes(named(name)),
    remove: (name) => store.deleteBlob(named(name)),
  };
}

function fileShelf(folder: string, isSynced: boolean): Shelf {
  const pathOf = (name: string): string => join(folder, name);
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  return {
    async put(name, bytes) {
      const sha256 = digest(bytes);
      const file = await open(pathOf(name), 'wx');
      await file.writeFile(bytes);
      if (isSynced) await file.sync();
      await file.close();
      await writeFile(pathOf(`${name}.sha256`), sha256);
    },
    async get(name) {
      const bytes = await readFile(pathOf(name));
      if (digest(bytes) !== (await readFile(pathOf(`${name}.sha256`), 'utf8')))
        throw new Error('other bytes came back');
      return bytes;
    },
    async remove(name) {
      await unlink(pathOf(name));
      await unlink(pathOf(`${name}.sha256`));
    },
  };
}

function objectShelf(objects: ObjectStore): Shelf {
  return {
    put: (name, bytes) => objects.putBlob({ name }, bytes),
    async get(name) {
      const bytes = await objects.getBlob(name);
      if (!bytes) throw new Error(`the object ${name} is gone`);
      return bytes;
    },
    remove: (name) => objects.delete(name),
  };
}
