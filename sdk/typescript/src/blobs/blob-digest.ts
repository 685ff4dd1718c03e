import { createHash } from 'node:crypto';

/** Counts and hashes bytes as they pass. */
export class BlobDigest {
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.length;
  }

  /** The SHA-256 in hex. Ends the count: call it once. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  /** Hands the chunks on and takes note of each. */
  async *observe(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.update(chunk);
      yield chunk;
    }
  }
}

/** Reads everything and returns its SHA-256 in hex. */
export async function sha256Of(content: AsyncIterable<Uint8Array>): Promise<string> {
  const digest = new BlobDigest();
  for await (const chunk of content) digest.update(chunk);
  return digest.sha256();
}
