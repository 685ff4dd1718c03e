import type { BlobId, JsonValue } from '@agentnet/protocol';
import { AgentNetError, ValidationError } from '../errors.js';
import type { BlobReference } from './blob-reference.js';
import { readBlobRef } from './read-blob-ref.js';

/** The record of a blob as the protocol's first version writes it: indented, keys sorted. */
export function formatRecord(reference: BlobReference): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(sorted({ ...reference }), undefined, 2));
}

/** @throws {ValidationError} `blob_corrupt` when the record is no reference to this blob in this store */
export function parseRecord(id: BlobId, text: string): BlobReference {
  const reference = readReference(id, text);
  if (reference?.blob_id === id && reference.storage === 'local_fs') return reference;
  throw new ValidationError('blob_corrupt', `the record of blob ${id} is about something else`);
}

function readReference(id: BlobId, text: string): BlobReference | undefined {
  try {
    return readBlobRef(JSON.parse(text));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof AgentNetError)) throw cause;
    throw new ValidationError('blob_corrupt', `the record of blob ${id} cannot be read: ${cause.message}`, { cause });
  }
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]));
}
