import { buckets } from '@agentnet/protocol';
import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { type ObjectInfo, type ObjectStore, Objm, StorageType } from '@nats-io/obj';
import { connect } from '../connection/connect.js';
import type { TlsOptions } from '../connection/tls-options.js';
import { TransportError, ValidationError } from '../errors.js';
import { optionNames, requireInteger, requireKnown } from '../require-option.js';
import { BlobDigest, sha256Of } from './blob-digest.js';
import { requireBlobId } from './blob-id.js';
import type { BlobReference } from './blob-reference.js';
import { type BlobDraft, type BlobStore, referenceTo, type StoredBlob } from './blob-store.js';
import { readChunks } from './nats-object-chunks.js';
import { metadataOf, referenceOf } from './nats-object-record.js';
import { readableStream } from './readable-stream.js';
import { toBlobError } from './to-blob-error.js';

/** History records what looks like a message on ordinary inboxes, and a blob may look like one. */
const inboxPrefix = '_BLOB';

/** Where a network keeps its blobs. */
export interface NatsObjectStoreOptions {
  /** NATS server with JetStream; the token is written `nats://<token>@host:port`. @default 'nats://127.0.0.1:4222' */
  natsUrl?: string;
  /** Files for TLS; only for a `natsUrl` that begins with `tls://`. @default NATS_CA, NATS_CERT, NATS_KEY */
  tls?: TlsOptions;
  /** Copies of the bucket in a cluster, 1 to 5; only heeded by whoever makes the bucket. @default 1 */
  replicas?: number;
  /** Milliseconds until connecting is given up. Minimum 50. @default 5_000 */
  timeoutMs?: number;
  /** Gives up connecting with `cancelled`. */
  signal?: AbortSignal;
}

const known = optionNames<NatsObjectStoreOptions>({
  natsUrl: true,
  tls: true,
  replicas: true,
  timeoutMs: true,
  signal: true,
});

/**
 * Blobs in the network's JetStream Object Store: every agent on the same NATS can read them. It has a connection of its own, so that large
 * blobs do not stand in the way of messages. Spec: rules `blob.network`, `blob.atomic`.
 */
export class NatsObjectStore implements BlobStore, AsyncDisposable {
  readonly storage = 'nats_object';
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #objects: ObjectStore;
  readonly #stream: string;

  /**
   * Connects, and makes the bucket if the network has none.
   *
   * @throws {AgentNetError} `connect_failed`, `authorization_failed`, `cancelled`, `invalid_option`; `blob_store_failed` when the server has no JetStream
   */
  static async open(options: NatsObjectStoreOptions = {}): Promise<NatsObjectStore> {
    requireKnown('blobs', options, known);
    const { natsUrl, replicas = 1, ...waiting } = options;
    requireInteger('replicas', replicas, 1, 5);
    const url = natsUrl === undefined ? {} : { url: natsUrl };
    const connection = await connect({ ...waiting, ...url, inboxPrefix, name: 'agentnet-ts-blobs' });
    try {
      const manager = await jetstreamManager(connection);
      const objects = await new Objm(connection).create(buckets.blobs, { storage: StorageType.File, replicas });
      const { streamInfo } = await objects.status();
      return new NatsObjectStore(connection, { manager, objects, stream: streamInfo.config.name });
    } catch (cause) {
      await connection.close();
      throw toBlobError(cause);
    }
  }

  private constructor(
    connection: NatsConnection,
    { manager, objects, stream }: { manager: JetStreamManager; objects: ObjectStore; stream: string },
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.#objects = objects;
    this.#stream = stream;
  }

  async put(draft: BlobDraft, content: AsyncIterable<Uint8Array>): Promise<BlobReference> {
    const id = requireBlobId(draft.blobId);
    const before = await this.#objects.info(id);
    if (before && !before.deleted) return this.#onRecord(before, await sha256Of(content));
    const digest = new BlobDigest();
    const named = { name: id, metadata: metadataOf(draft) };
    try {
      const previousRevision = before?.revision ?? 0;
      await this.#objects.put(named, readableStream(digest.observe(content)), { previousRevision });
    } catch (cause) {
      const winner = await this.#winnerOver(cause, id);
      return this.#onRecord(winner, digest.sha256());
    }
    return referenceTo(draft, { storage: this.storage, sizeBytes: digest.sizeBytes, sha256: digest.sha256() });
  }

  async open(blobId: string): Promise<StoredBlob | undefined> {
    const id = requireBlobId(blobId);
    const info = await this.#objects.info(id);
    if (!info || info.deleted || info.options?.link) return undefined;
    const { chunks, nuid } = info;
    const content = readChunks(this.#manager, { stream: this.#stream, bucket: buckets.blobs, nuid, chunks });
    return { reference: referenceOf(id, info), content };
  }

  async delete(blobId: string): Promise<boolean> {
    const id = requireBlobId(blobId);
    const info = await this.#objects.info(id);
    if (!info || info.deleted) return false;
    await this.#objects.delete(id);
    return true;
  }

  /** Whether the connection ended for good. */
  get isClosed(): boolean {
    return this.#connection.isClosed();
  }

  /** Disconnects. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #onRecord(info: ObjectInfo, sha256: string): BlobReference {
    const reference = referenceOf(requireBlobId(info.name), info);
    if (reference.sha256 === sha256) return reference;
    throw new ValidationError('blob_exists', `blob ${info.name} has other bytes; choose another id`);
  }

  /** The blob that was stored under the id while ours was under way; rethrows any other failure. */
  async #winnerOver(cause: unknown, id: string): Promise<ObjectInfo> {
    if (!(cause instanceof JetStreamApiError) || cause.code !== JetStreamApiCodes.StreamWrongLastSequence) throw cause;
    const winner = await this.#objects.info(id);
    if (winner && !winner.deleted) return winner;
    throw new TransportError('blob_store_failed', `blob ${id} was stored and deleted meanwhile`, { cause });
  }
}
