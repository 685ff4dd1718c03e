import type { JetStreamManager, NextMsgRequest, SeqMsgRequest, StoredMsg } from '@nats-io/jetstream';
import { ValidationError } from '../errors.js';

/** Where the chunks of one object are. */
export interface ObjectChunks {
  readonly stream: string;
  readonly bucket: string;
  readonly nuid: string;
  readonly chunks: number;
}

/**
 * The chunks of an object, one request each. The client's own reader takes them as fast as the server sends and holds what is not
 * consumed yet in memory, however large the object is.
 *
 * @throws {ValidationError} `blob_corrupt` when one is missing
 */
export async function* readChunks(
  manager: JetStreamManager,
  { stream, bucket, nuid, chunks }: ObjectChunks,
): AsyncGenerator<Uint8Array> {
  // The layout of every JetStream Object Store.
  const subject = `$O.${bucket}.C.${nuid}`;
  let seq = 1;
  for (let index = 0; index < chunks; index += 1) {
    const chunk = await nextChunk(manager, stream, { seq, next_by_subj: subject });
    if (!chunk)
      throw new ValidationError('blob_corrupt', `chunk ${index + 1} of ${chunks} is missing, or was just deleted`);
    seq = chunk.seq + 1;
    yield chunk.data;
  }
}

/** Any copy of the stream may answer first; one that lags behind has to be told apart from a lost chunk, so the leader decides. */
async function nextChunk(
  { direct, streams }: JetStreamManager,
  stream: string,
  query: NextMsgRequest & SeqMsgRequest,
): Promise<StoredMsg | null> {
  return (await direct.getMessage(stream, query)) ?? streams.getMessage(stream, query);
}
