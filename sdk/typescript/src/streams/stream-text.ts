import { ValidationError } from '../errors.js';
import type { Outbox } from '../outbox/outbox.js';
import { resolveTarget, type Target } from '../outbox/resolve-target.js';
import { defaultThreadId } from '../received-message.js';
import { whileSending } from '../tracing/sending-span.js';
import { accountSink } from './account-sink.js';
import { pumpText, type TextChunks } from './pump-text.js';
import { requireStreamTextOptions, type SentStream, type StreamTextOptions } from './stream-options.js';
import { StreamWriter } from './stream-writer.js';

/**
 * Sends text to an account while it is being made: one `stream_start`, deltas, one `stream_end` with the whole text. When it returns, the receiver
 * has accepted every event. `chunks` is read only as fast as it can be sent.
 *
 * @param to - An account or a username; a capability would scatter the stream over several agents.
 * @throws {AgentNetError} `cancelled`, `stream_source_failed`, and what `send` fails with
 * @see spec rules `stream.events`, `stream.pace`, `stream.source`
 */
export async function streamText(
  outbox: Outbox,
  to: string | Target,
  { chunks, ...options }: StreamTextOptions & { chunks: TextChunks },
): Promise<SentStream> {
  requireStreamTextOptions(options);
  const { signal, ttlMs, traceId, parentMessageId, threadId, ...description } = options;
  const given = {
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(traceId === undefined ? {} : { traceId }),
    ...(parentMessageId === undefined ? {} : { parentMessageId }),
    ...(threadId === undefined ? {} : { threadId }),
  };
  const target = typeof to === 'string' ? await resolveTarget(to, outbox.usernames, signal) : to;
  if (target.to_account_id === undefined)
    throw new ValidationError('invalid_target', 'a stream goes to one account, not to a capability');
  const { to_account_id: accountId } = target;
  const writer = new StreamWriter(description);
  const { clock, options: node } = outbox;
  return whileSending({ operation: 'stream', subject: target.subject, traceId: given.traceId }, async (span) => {
    const traceId = given.traceId ?? span?.traceId ?? writer.streamId;
    const context = { ...given, traceId, threadId: given.threadId ?? defaultThreadId(traceId) };
    const { streamId } = writer;
    span?.describeStream({ ...context, streamId });
    const sink = accountSink(outbox, accountId, { ...context, traced: span?.forParts });
    await pumpText(chunks, { writer, sink, clock, maxPayloadBytes: node.maxPayloadBytes, signal });
    return { streamId, threadId: context.threadId, deltas: writer.deltas };
  });
}
