import { type BlobId, is } from '@agentnet/protocol';
import { makeUlid } from '../conversation/ulid.js';
import { ValidationError } from '../errors.js';

const shownCharacters = 100;

/** A fresh id: `blob_` and a ULID, so that ids sort by the time they were made. */
export function makeBlobId(nowMs: number): BlobId {
  return `blob_${makeUlid(nowMs)}`;
}

/**
 * Refuses what is no blob id. Every path and object name is built from what this returns. Spec: rule `blob.id`.
 *
 * @throws {ValidationError} `blob_id_invalid`
 */
export function requireBlobId(value: unknown): BlobId {
  if (is('BlobId', value)) return value;
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, shownCharacters)) : typeof value;
  throw new ValidationError(
    'blob_id_invalid',
    `a blob id is letters, digits, _ and -, at most 128 of them; got ${shown}`,
  );
}
