import { TransportError, ValidationError } from '../errors.js';

/** How far a transfer is. */
export interface BlobProgress {
  /** Bytes so far. */
  readonly bytes: number;
  /** Bytes in all, where that is known. */
  readonly totalBytes?: number;
}

/** What every transfer may say. */
export interface TransferOptions {
  /** Called after each chunk, at most 128 KiB apart. What it throws ends the transfer. */
  onProgress?: (progress: BlobProgress) => void;
  /** Ends the transfer with `cancelled`; nothing of it stays. */
  signal?: AbortSignal;
}

/** What is metered, besides the wishes of the caller. */
export interface Meter extends TransferOptions {
  readonly maxBytes: number;
  readonly totalBytes?: number;
}

/** Bytes of one chunk. */
export const chunkBytes = 128 * 1024;

/**
 * Hands chunks on, tells the progress and stops at the limit.
 *
 * @throws {AgentNetError} `blob_too_large`, `cancelled`
 */
export async function* meterBlob(
  content: AsyncIterable<Uint8Array>,
  { maxBytes, totalBytes, onProgress, signal }: Meter,
): AsyncGenerator<Uint8Array> {
  requireRunning(signal);
  requireSize(totalBytes ?? 0, maxBytes);
  let bytes = 0;
  for await (const chunk of content) {
    requireRunning(signal);
    bytes += chunk.length;
    requireSize(bytes, maxBytes);
    yield chunk;
    onProgress?.({ bytes, ...(totalBytes === undefined ? {} : { totalBytes }) });
  }
}

function requireRunning(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new TransportError('cancelled', 'the transfer was cancelled', { cause: signal.reason });
}

function requireSize(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes)
    throw new ValidationError('blob_too_large', `the blob has ${bytes} bytes or more; at most ${maxBytes} are taken`);
}
