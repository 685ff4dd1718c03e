import type { BlobId, BlobStorage, JsonObject } from '@agentnet/protocol';
import type { BlobReference } from './blob-reference.js';

/** What is known of a blob before its bytes are read. */
export interface BlobDraft {
  readonly blobId: BlobId;
  readonly mimeType: string;
  readonly createdAt: string;
  readonly filename?: string;
  readonly metadata?: JsonObject;
}

/** A blob on record. */
export interface StoredBlob {
  readonly reference: BlobReference;
  /** The bytes as they are in the store, not verified yet; nothing is opened before the first one is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Keeps bytes by id. A blob becomes readable as a whole or not at all, and never changes.
 * Every method fails with `blob_id_invalid` for an id outside its grammar and with `blob_store_failed` when the storage does.
 */
export interface BlobStore {
  /** What references to this store say. */
  readonly storage: BlobStorage;
  /**
   * Stores the bytes; storing the same bytes under the same id again returns what is on record.
   *
   * @throws {AgentNetError} `blob_exists` when the id has other bytes; whatever `content` throws
   */
  put(draft: BlobDraft, content: AsyncIterable<Uint8Array>): Promise<BlobReference>;
  /** @returns undefined when there is no such blob */
  open(blobId: string): Promise<StoredBlob | undefined>;
  /** @returns whether there was such a blob */
  delete(blobId: string): Promise<boolean>;
}

/** What is known of a blob once its bytes are stored. */
export interface BlobOutcome {
  readonly storage: BlobStorage;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** The reference to a blob that was just stored; keys nobody set stay out. Spec: rule `blob.reference`. */
export function referenceTo(
  { blobId, mimeType, createdAt, filename, metadata }: BlobDraft,
  { storage, sizeBytes, sha256 }: BlobOutcome,
): BlobReference {
  return {
    type: 'blob_ref',
    blob_id: blobId,
    storage,
    mime_type: mimeType,
    size_bytes: sizeBytes,
    ...(filename === undefined ? {} : { filename }),
    sha256,
    created_at: createdAt,
    ...(metadata === undefined ? {} : { metadata }),
  };
}
