import { lstat, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BlobId } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import { isErrno, publishPart, writePart } from './atomic-file.js';
import { BlobDigest, sha256Of } from './blob-digest.js';
import { requireBlobId } from './blob-id.js';
import type { BlobReference } from './blob-reference.js';
import { defaultBlobRoot } from './blob-root.js';
import { type BlobDraft, type BlobStore, referenceTo, type StoredBlob } from './blob-store.js';
import { formatRecord, parseRecord } from './local-fs-record.js';
import { readPlainFile, readPlainText, removeFile } from './plain-file.js';

interface BlobPaths {
  readonly data: string;
  readonly meta: string;
}

/**
 * Blobs in a folder of this machine: bytes in `data/<blob_id>`, the reference in `meta/<blob_id>.json`. The record is written last and
 * makes the blob exist. Also reads, and never writes, the flat layout `<blob_id>` and `<blob_id>.json`. Needs a file system with hard links.
 * Spec: rules `blob.layout`, `blob.atomic`.
 */
export class LocalFsStore implements BlobStore {
  readonly storage = 'local_fs';
  /** The folder. */
  readonly root: string;
  readonly #data: string;
  readonly #meta: string;

  /** @param root - Default: `AGENTNET_BLOB_DIR`, or `.agentnet_blobs` in the working folder. It is made by the first `put`. */
  constructor(root: string = defaultBlobRoot()) {
    this.root = resolve(root);
    this.#data = join(this.root, 'data');
    this.#meta = join(this.root, 'meta');
  }

  async put(draft: BlobDraft, content: AsyncIterable<Uint8Array>): Promise<BlobReference> {
    const paths = this.#pathsOf(requireBlobId(draft.blobId));
    await mkdir(this.#data, { recursive: true });
    await mkdir(this.#meta, { recursive: true });
    await this.#requirePlainFolders();
    const digest = new BlobDigest();
    const part = await writePart(this.#data, digest.observe(content));
    const { sizeBytes } = digest;
    const sha256 = digest.sha256();
    if (!(await publishPart(part, paths.data)) && (await sha256Of(readPlainFile(paths.data))) !== sha256) {
      throw new ValidationError('blob_exists', `blob ${draft.blobId} has other bytes; choose another id`);
    }
    const reference = referenceTo(draft, { storage: this.storage, sizeBytes, sha256 });
    const record = await writePart(this.#meta, [formatRecord(reference)]);
    if (await publishPart(record, paths.meta)) return reference;
    return (await this.open(draft.blobId))?.reference ?? reference;
  }

  async open(blobId: string): Promise<StoredBlob | undefined> {
    const id = requireBlobId(blobId);
    await this.#requirePlainFolders();
    for (const { data, meta } of this.#layoutsOf(id)) {
      const record = await readPlainText(meta);
      if (record !== undefined) return { reference: parseRecord(id, record), content: readPlainFile(data) };
    }
    return undefined;
  }

  async delete(blobId: string): Promise<boolean> {
    const id = requireBlobId(blobId);
    await this.#requirePlainFolders();
    let existed = false;
    for (const { data, meta } of this.#layoutsOf(id)) {
      // Without its record the blob does not exist any more, whatever happens next.
      existed = (await removeFile(meta)) || existed;
      await removeFile(data);
    }
    return existed;
  }

  #pathsOf(id: BlobId): BlobPaths {
    return { data: join(this.#data, id), meta: join(this.#meta, `${id}.json`) };
  }

  #layoutsOf(id: BlobId): readonly BlobPaths[] {
    const flat = { data: join(this.root, id), meta: join(this.root, `${id}.json`) };
    return [this.#pathsOf(id), flat];
  }

  /** A linked folder would lead every id out of the root. */
  async #requirePlainFolders(): Promise<void> {
    for (const folder of [this.#data, this.#meta]) {
      const isPlain = await lstat(folder).then(
        (facts) => facts.isDirectory(),
        (cause: unknown) => {
          if (isErrno(cause, 'ENOENT')) return true;
          throw cause;
        },
      );
      if (!isPlain) throw new ValidationError('blob_corrupt', `${folder} is a link or no folder`);
    }
  }
}
