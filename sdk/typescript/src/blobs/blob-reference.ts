import type { BlobId, BlobStorage, JsonObject } from '@agentnet/protocol';

/** A blob reference with its defaults filled in: what is sent as a payload, and what a store keeps on record. Spec: schema `BlobRef`. */
export interface BlobReference {
  readonly type: 'blob_ref';
  /** Names the blob in its store. */
  readonly blob_id: BlobId;
  /** Where the bytes are. */
  readonly storage: BlobStorage;
  /** Media type. */
  readonly mime_type: string;
  /** Length of the bytes; always there in references this SDK makes. */
  readonly size_bytes?: number;
  /** Name for people, safe as the last part of a path. */
  readonly filename?: string;
  /** SHA-256 of the bytes in lower-case hex; always there in references this SDK makes. */
  readonly sha256?: string;
  /** When the blob was stored. */
  readonly created_at?: string;
  /** Anything else. */
  readonly metadata?: JsonObject;
}

/** The media type of bytes nobody described. */
export const defaultMimeType = 'application/octet-stream';
