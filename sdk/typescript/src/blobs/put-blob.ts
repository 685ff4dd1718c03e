import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { check, encodeJson, type JsonObject, limits, nowTimestamp, ProtocolError } from '@agentnet/protocol';
import { systemClock } from '../clock.js';
import { ValidationError } from '../errors.js';
import { optionNames, requireKnown } from '../require-option.js';
import { safeFilename } from './blob-filename.js';
import { makeBlobId, requireBlobId } from './blob-id.js';
import { type BlobReference, defaultMimeType } from './blob-reference.js';
import type { BlobDraft, BlobStore } from './blob-store.js';
import { chunkBytes, meterBlob, type TransferOptions } from './meter-blob.js';
import { toBlobError } from './to-blob-error.js';

/** What is said about a blob when it is stored. */
export interface PutBlobOptions extends TransferOptions {
  /** Name for people; characters other than letters, digits, `-`, `_`, `.` and space become `_`. @default the file's name, or none */
  filename?: string;
  /** Media type, at most 256 characters. @default 'application/octet-stream' */
  mimeType?: string;
  /** Anything else: JSON, at most 32,768 bytes. */
  metadata?: JsonObject;
  /** A name of your own: 1 to 128 letters, digits, `_` and `-`. @default `blob_` and a ULID */
  blobId?: string;
}

const known = optionNames<PutBlobOptions>({
  filename: true,
  mimeType: true,
  metadata: true,
  blobId: true,
  onProgress: true,
  signal: true,
});

/**
 * Stores bytes and returns the reference to send.
 *
 * @throws {AgentNetError} `blob_id_invalid`, `blob_exists`, `blob_too_large`, `invalid_option`, `cancelled`, `blob_store_failed`
 * @see spec rules `blob.reference`, `blob.atomic`
 */
export function putBlobBytes(
  store: BlobStore,
  bytes: Uint8Array,
  options: PutBlobOptions = {},
): Promise<BlobReference> {
  return put(store, chunksOf(bytes), { ...options, totalBytes: bytes.length });
}

/**
 * Stores a file without holding it in memory; afterwards as `putBlobBytes`. Fails with `invalid_option` when `path` is no plain file.
 */
export async function putBlobFile(
  store: BlobStore,
  path: string,
  options: PutBlobOptions = {},
): Promise<BlobReference> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new ValidationError('invalid_option', `path ${path} cannot be read`, { cause });
  });
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new ValidationError('invalid_option', `path ${path} is no plain file`);
    const content = file.createReadStream({ highWaterMark: chunkBytes, autoClose: false });
    return await put(store, content, { filename: basename(path), ...options, totalBytes: facts.size });
  } finally {
    await file.close();
  }
}

async function put(
  store: BlobStore,
  content: AsyncIterable<Uint8Array>,
  { totalBytes, ...options }: PutBlobOptions & { totalBytes: number },
): Promise<BlobReference> {
  requireKnown('blob', options, known);
  const { onProgress, signal, ...described } = options;
  const draft = draftOf(described);
  const metered = meterBlob(content, {
    maxBytes: limits.blobMaxBytes,
    totalBytes,
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  });
  try {
    return await store.put(draft, metered);
  } catch (cause) {
    throw toBlobError(cause);
  }
}

function draftOf({ filename, mimeType = defaultMimeType, metadata, blobId }: PutBlobOptions): BlobDraft {
  const now = systemClock.now();
  const name = safeFilename(filename);
  const draft: BlobDraft = {
    blobId: blobId === undefined ? makeBlobId(now) : requireBlobId(blobId),
    mimeType,
    createdAt: nowTimestamp(now),
    ...(name === undefined ? {} : { filename: name }),
    ...(metadata === undefined ? {} : { metadata: jsonObject(metadata) }),
  };
  const { blobId: blob_id, mimeType: mime_type } = draft;
  const [violation] = check('BlobRef', { type: 'blob_ref', blob_id, mime_type });
  if (violation) throw new ValidationError('invalid_option', `mimeType ${violation.message}`);
  return draft;
}

/** The metadata as it will be read back. */
function jsonObject(metadata: JsonObject): JsonObject {
  const encoded = encode(metadata);
  const value: unknown = JSON.parse(new TextDecoder().decode(encoded));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ValidationError('invalid_option', 'metadata must be an object');
  if (encoded.length > limits.blobMetadataMaxBytes) {
    const limit = `must be at most ${limits.blobMetadataMaxBytes} bytes of JSON, got ${encoded.length}`;
    throw new ValidationError('invalid_option', `metadata ${limit}`);
  }
  return value as JsonObject;
}

function encode(metadata: JsonObject): Uint8Array {
  try {
    return encodeJson(metadata);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ValidationError('invalid_option', `metadata has no JSON form: ${cause.detail}`, { cause });
  }
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes);
}
