import type { BlobStorage } from '@agentnet/protocol';
import type { TlsOptions } from '../connection/tls-options.js';
import { optionNames, requireKnown, requireSchema, requireText } from '../require-option.js';
import type { BlobReference } from './blob-reference.js';
import { defaultBlobRoot } from './blob-root.js';
import type { BlobStore } from './blob-store.js';
import {
  type BlobIdOrRef,
  deleteBlob,
  type GetBlobOptions,
  getBlobBytes,
  getBlobFile,
  getBlobText,
  headBlob,
  wantedBlob,
} from './get-blob.js';
import { LocalFsStore } from './local-fs-store.js';
import { NatsObjectStore } from './nats-object-store.js';
import { type PutBlobOptions, putBlobBytes, putBlobFile } from './put-blob.js';

/** Where blobs are kept. */
export interface BlobsOptions {
  /** Folder of the file store. @default `AGENTNET_BLOB_DIR`, or `.agentnet_blobs` in the working folder */
  root?: string;
  /** NATS server of the object store, connected to when the first blob needs it. @default 'nats://127.0.0.1:4222' */
  natsUrl?: string;
  /** Files for TLS; only for a `natsUrl` that begins with `tls://`. @default NATS_CA, NATS_CERT, NATS_KEY */
  tls?: TlsOptions;
  /** The store of new blobs, and of blobs named by id only. @default 'local_fs', as in the protocol's first version */
  storage?: BlobStorage;
}

/** Options of one put. */
export interface StoreBlobOptions extends PutBlobOptions {
  /** Where to put it: `nats_object` travels between machines. @default the `storage` these blobs were made with */
  storage?: BlobStorage;
}

const known = optionNames<BlobsOptions>({ root: true, natsUrl: true, tls: true, storage: true });

/** Both stores behind one face: a reference says itself which one has the bytes. Close it, or the process stays connected. */
export class Blobs implements AsyncDisposable {
  readonly #local: LocalFsStore;
  readonly #server: Pick<BlobsOptions, 'natsUrl' | 'tls'>;
  readonly #storage: BlobStorage;
  #network: Promise<NatsObjectStore> | undefined;

  /** @throws {ValidationError} `invalid_option` */
  constructor(options: BlobsOptions = {}) {
    requireKnown('blobs', options, known);
    const { root = defaultBlobRoot(), natsUrl, tls, storage = 'local_fs' } = options;
    requireText('root', root);
    if (natsUrl !== undefined) requireText('natsUrl', natsUrl);
    requireSchema('storage', 'BlobStorage', storage);
    this.#local = new LocalFsStore(root);
    this.#server = { ...(natsUrl === undefined ? {} : { natsUrl }), ...(tls === undefined ? {} : { tls }) };
    this.#storage = storage;
  }

  /** As the function `putBlobBytes`, into the store chosen. */
  async putBlobBytes(
    bytes: Uint8Array,
    { storage = this.#storage, ...options }: StoreBlobOptions = {},
  ): Promise<BlobReference> {
    return putBlobBytes(await this.#store(storage), bytes, options);
  }

  /** As the function `putBlobFile`, into the store chosen. */
  async putBlobFile(
    path: string,
    { storage = this.#storage, ...options }: StoreBlobOptions = {},
  ): Promise<BlobReference> {
    return putBlobFile(await this.#store(storage), path, options);
  }

  /** As the function `getBlobBytes`, from the store the reference names. */
  async getBlobBytes(blob: BlobIdOrRef, options: GetBlobOptions = {}): Promise<Uint8Array> {
    return getBlobBytes(await this.#storeOf(blob), blob, options);
  }

  /** As the function `getBlobText`, from the store the reference names. */
  async getBlobText(blob: BlobIdOrRef, options: GetBlobOptions = {}): Promise<string> {
    return getBlobText(await this.#storeOf(blob), blob, options);
  }

  /** As the function `getBlobFile`, from the store the reference names. */
  async getBlobFile(blob: BlobIdOrRef, path: string, options: GetBlobOptions = {}): Promise<BlobReference> {
    return getBlobFile(await this.#storeOf(blob), blob, path, options);
  }

  /** As the function `headBlob`, from the store the reference names. */
  async headBlob(blob: BlobIdOrRef): Promise<BlobReference> {
    return headBlob(await this.#storeOf(blob), blob);
  }

  /** As the function `deleteBlob`, in the store the reference names. */
  async deleteBlob(blob: BlobIdOrRef): Promise<boolean> {
    return deleteBlob(await this.#storeOf(blob), blob);
  }

  /** Disconnects from the object store. */
  async close(): Promise<void> {
    const network = this.#network;
    this.#network = undefined;
    // Whoever used the store was told why it could not be opened.
    await (await network?.catch(() => undefined))?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #storeOf(blob: BlobIdOrRef): Promise<BlobStore> {
    return this.#store(wantedBlob(blob).storage ?? this.#storage);
  }

  async #store(storage: BlobStorage): Promise<BlobStore> {
    if (storage === 'local_fs') return this.#local;
    requireSchema('storage', 'BlobStorage', storage);
    this.#network ??= NatsObjectStore.open(this.#server);
    const opening = this.#network;
    try {
      const store = await opening;
      if (!store.isClosed) return store;
      if (this.#network === opening) this.#network = undefined;
      return await this.#store(storage);
    } catch (cause) {
      if (this.#network === opening) this.#network = undefined;
      throw cause;
    }
  }
}
