import { type BlobRef, type BlobStorage, check, is } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import { safeFilename } from './blob-filename.js';
import { requireBlobId } from './blob-id.js';
import { type BlobReference, defaultMimeType } from './blob-reference.js';

/**
 * Reads a payload as a blob reference, as tolerantly as the protocol asks: `type` in any case and with blanks around it, defaults for
 * what is absent. The file name comes back safe to use as the last part of a path.
 *
 * @returns undefined when the payload is no blob reference: another type, or no blob id
 * @throws {ValidationError} `blob_id_invalid`, `blob_storage_unknown`, `blob_ref_invalid`
 * @see spec rules `blob.read`, `blob.id`, `stream.read.type`
 */
export function readBlobRef(payload: unknown): BlobReference | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  const { type, blob_id, storage, sha256, ...rest } = stated(payload);
  if (typeof type !== 'string' || type.trim().toLowerCase() !== 'blob_ref' || blob_id === undefined) return undefined;
  const reference = {
    ...rest,
    type: 'blob_ref',
    blob_id: requireBlobId(blob_id),
    storage: requireStorage(storage),
    ...(sha256 === undefined ? {} : { sha256: typeof sha256 === 'string' ? sha256.trim().toLowerCase() : sha256 }),
  };
  const [violation] = check('BlobRef', reference);
  if (violation || !is('BlobRef', reference)) {
    throw new ValidationError('blob_ref_invalid', `${violation?.path ?? ''} ${violation?.message ?? ''}`.trim());
  }
  return withDefaults(reference);
}

/** Leaves out null and empty texts, which older peers write for what they do not know. */
function stated(payload: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null && value !== ''));
}

function requireStorage(storage: unknown = 'local_fs'): BlobStorage {
  const name = typeof storage === 'string' ? storage.trim().toLowerCase() : storage;
  if (is('BlobStorage', name)) return name;
  throw new ValidationError('blob_storage_unknown', `no storage ${JSON.stringify(storage).slice(0, 100)} is known`);
}

function withDefaults({ blob_id, storage = 'local_fs', ...facts }: BlobRef): BlobReference {
  const { mime_type, size_bytes, sha256, created_at, metadata } = facts;
  const filename = safeFilename(facts.filename);
  return {
    type: 'blob_ref',
    blob_id,
    storage,
    mime_type: mime_type ?? defaultMimeType,
    ...(typeof size_bytes === 'number' ? { size_bytes } : {}),
    ...(filename === undefined ? {} : { filename }),
    ...(sha256 ? { sha256 } : {}),
    ...(created_at ? { created_at } : {}),
    ...(metadata ? { metadata } : {}),
  };
}
