import type { BlobId } from '@agentnet/protocol';
import type { ObjectInfo } from '@nats-io/obj';
import { AgentNetError, ValidationError } from '../errors.js';
import type { BlobReference } from './blob-reference.js';
import type { BlobDraft } from './blob-store.js';
import { readBlobRef } from './read-blob-ref.js';

/** What the object store keeps beside the bytes: texts only, in the words of `BlobRef`. Size and digest it knows by itself. */
export function metadataOf({ mimeType, createdAt, filename, metadata }: BlobDraft): Record<string, string> {
  return {
    mime_type: mimeType,
    created_at: createdAt,
    ...(filename === undefined ? {} : { filename }),
    ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
  };
}

/** @throws {ValidationError} `blob_corrupt` when the object's record makes no reference */
export function referenceOf(id: BlobId, { size, digest, mtime, metadata = {} }: ObjectInfo): BlobReference {
  const { mime_type, created_at = mtime, filename, metadata: more } = metadata;
  try {
    const reference = readBlobRef({
      type: 'blob_ref',
      blob_id: id,
      storage: 'nats_object',
      mime_type,
      size_bytes: size,
      filename,
      sha256: hexOf(digest),
      created_at,
      metadata: more === undefined ? undefined : JSON.parse(more),
    });
    if (reference) return reference;
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof AgentNetError)) throw cause;
    throw new ValidationError('blob_corrupt', `the record of blob ${id} cannot be read: ${cause.message}`, { cause });
  }
  throw new ValidationError('blob_corrupt', `the record of blob ${id} is no reference`);
}

/** The store writes `SHA-256=` and URL-safe base 64. */
function hexOf(digest: string): string {
  return Buffer.from(digest.slice(digest.indexOf('=') + 1), 'base64url').toString('hex');
}
