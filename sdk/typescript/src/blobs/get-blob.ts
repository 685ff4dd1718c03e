import { type BlobRef, limits } from '@agentnet/protocol';
import { TransportError, ValidationError } from '../errors.js';
import { optionNames, requireInteger, requireKnown } from '../require-option.js';
import { replaceFile } from './atomic-file.js';
import { requireBlobId } from './blob-id.js';
import type { BlobReference } from './blob-reference.js';
import type { BlobStore, StoredBlob } from './blob-store.js';
import { meterBlob, type TransferOptions } from './meter-blob.js';
import { readBlobRef } from './read-blob-ref.js';
import { toBlobError } from './to-blob-error.js';
import { type BlobFacts, verifyBlob } from './verify-blob.js';

/** A blob by its id or by a reference to it; with a reference the bytes must also be what that says. */
export type BlobIdOrRef = string | BlobReference | BlobRef;

/** How a blob is read. */
export interface GetBlobOptions extends TransferOptions {
  /** Largest blob taken, in bytes. Minimum 0. @default 67_108_864 in memory, 1_073_741_824 into a file */
  maxBytes?: number;
}

const known = optionNames<GetBlobOptions>({ maxBytes: true, onProgress: true, signal: true });

/**
 * What is on record about a blob; its bytes are not read.
 *
 * @throws {AgentNetError} `blob_not_found`, `blob_id_invalid`, `blob_ref_invalid`, `blob_storage_unknown`, `blob_corrupt`, `blob_store_failed`
 */
export async function headBlob(store: BlobStore, blob: BlobIdOrRef): Promise<BlobReference> {
  return (await find(store, wantedBlob(blob))).reference;
}

/**
 * Reads a blob into memory. Bytes that are not what is on record, and in the reference, are never returned.
 *
 * @throws {AgentNetError} as `headBlob`; `blob_too_large`, `cancelled`
 * @see spec rule `blob.integrity`
 */
export async function getBlobBytes(
  store: BlobStore,
  blob: BlobIdOrRef,
  options: GetBlobOptions = {},
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of await read(store, blob, { maxBytes: limits.blobMemoryMaxBytes, ...options }))
      chunks.push(chunk);
  } catch (cause) {
    throw toBlobError(cause);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** As `getBlobBytes`, decoded from UTF-8; fails with `blob_not_text` when the bytes are something else. */
export async function getBlobText(store: BlobStore, blob: BlobIdOrRef, options: GetBlobOptions = {}): Promise<string> {
  const bytes = await getBlobBytes(store, blob, options);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ValidationError('blob_not_text', 'the bytes are not UTF-8; use getBlobBytes', { cause });
  }
}

/**
 * Reads a blob into a file without holding it in memory. The file at `path` appears, or is replaced, once all bytes are verified and
 * on disk; before that, and after a failure, it is what it was.
 *
 * @returns what is on record about the blob
 * @throws {AgentNetError} as `getBlobBytes`
 */
export async function getBlobFile(
  store: BlobStore,
  blob: BlobIdOrRef,
  path: string,
  options: GetBlobOptions = {},
): Promise<BlobReference> {
  try {
    const content = await read(store, blob, { maxBytes: limits.blobMaxBytes, ...options });
    await replaceFile(path, content);
    return content.reference;
  } catch (cause) {
    throw toBlobError(cause);
  }
}

/** Removes a blob. @returns whether there was one */
export async function deleteBlob(store: BlobStore, blob: BlobIdOrRef): Promise<boolean> {
  try {
    return await store.delete(wantedFrom(store, wantedBlob(blob)).blob_id);
  } catch (cause) {
    throw toBlobError(cause);
  }
}

/** What the caller says of the blob. The storage of a plain id is whichever store is asked. */
export function wantedBlob(blob: BlobIdOrRef): BlobFacts & Partial<Pick<BlobReference, 'storage'>> {
  if (typeof blob === 'string') return { blob_id: requireBlobId(blob) };
  const reference = readBlobRef(blob);
  if (!reference) throw new ValidationError('blob_ref_invalid', 'expected a blob id or a blob reference');
  return reference;
}

interface VerifiedBlob extends AsyncIterable<Uint8Array> {
  readonly reference: BlobReference;
}

async function read(
  store: BlobStore,
  blob: BlobIdOrRef,
  options: GetBlobOptions & { maxBytes: number },
): Promise<VerifiedBlob> {
  requireKnown('blob', options, known);
  requireInteger('maxBytes', options.maxBytes, 0);
  const wanted = wantedBlob(blob);
  const { reference, content } = await find(store, wanted);
  const totalBytes = reference.size_bytes;
  const verified = verifyBlob(content, [reference, wanted]);
  const metered = meterBlob(verified, { ...options, ...(totalBytes === undefined ? {} : { totalBytes }) });
  return { reference, [Symbol.asyncIterator]: () => metered };
}

async function find(store: BlobStore, wanted: ReturnType<typeof wantedBlob>): Promise<StoredBlob> {
  const { blob_id } = wantedFrom(store, wanted);
  const found = await store.open(blob_id).catch((cause: unknown) => {
    throw toBlobError(cause);
  });
  if (found) return found;
  const hint = store.storage === 'local_fs' ? '; it may be on another machine: send it through nats_object' : '';
  throw new TransportError('blob_not_found', `no blob ${blob_id} in ${store.storage}${hint}`);
}

function wantedFrom(store: BlobStore, wanted: ReturnType<typeof wantedBlob>): BlobFacts {
  if (wanted.storage === undefined || wanted.storage === store.storage) return wanted;
  throw new ValidationError(
    'blob_storage_unknown',
    `the blob is in ${wanted.storage}, and this store is ${store.storage}`,
  );
}
