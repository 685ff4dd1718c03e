import { ValidationError } from '../errors.js';
import { BlobDigest } from './blob-digest.js';
import type { BlobReference } from './blob-reference.js';

/** What the bytes must be; facts nobody stated are not checked. */
export type BlobFacts = Pick<BlobReference, 'blob_id' | 'size_bytes' | 'sha256'>;

/**
 * Hands the chunks on and fails after the last one, or as soon as there are too many bytes, unless they are what every one of `facts` says.
 * Whoever keeps chunks must not show them to anybody before the end. Spec: rule `blob.integrity`.
 *
 * @throws {ValidationError} `blob_corrupt`
 */
export async function* verifyBlob(
  content: AsyncIterable<Uint8Array>,
  facts: readonly BlobFacts[],
): AsyncGenerator<Uint8Array> {
  const digest = new BlobDigest();
  const smallest = Math.min(...facts.map(({ size_bytes }) => size_bytes ?? Number.POSITIVE_INFINITY));
  for await (const chunk of content) {
    digest.update(chunk);
    if (digest.sizeBytes > smallest) throw corrupt(facts, `has more than ${smallest} bytes`);
    yield chunk;
  }
  const sha256 = digest.sha256();
  for (const fact of facts) {
    if (fact.size_bytes !== undefined && fact.size_bytes !== digest.sizeBytes)
      throw corrupt(facts, `has ${digest.sizeBytes} bytes instead of ${fact.size_bytes}`);
    if (fact.sha256 !== undefined && fact.sha256 !== sha256)
      throw corrupt(facts, `has the SHA-256 ${sha256} instead of ${fact.sha256}`);
  }
}

function corrupt([first]: readonly BlobFacts[], why: string): ValidationError {
  return new ValidationError('blob_corrupt', `blob ${first?.blob_id ?? ''} ${why}`);
}
