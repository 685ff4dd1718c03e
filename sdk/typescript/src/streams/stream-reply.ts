import { limits, matchSubject, type PayloadConvention, subjects } from '@agentnet/protocol';
import { ValidationError } from '../errors.js';
import type { Outbox } from '../outbox/outbox.js';
import { type Replier, replyWithEvent } from '../outbox/reply.js';
import type { ReceivedMessage } from '../received-message.js';
import type { Traced } from '../tracing/message-span.js';
import { whileSending } from '../tracing/sending-span.js';
import { accountSink } from './account-sink.js';
import { Pacer } from './pacer.js';
import { pumpText, type StreamSink, type TextChunks } from './pump-text.js';
import { requireStreamOptions, type SentStream, type StreamOptions } from './stream-options.js';
import { StreamWriter } from './stream-writer.js';

/** A stream that was sent whole. */
export interface StreamedReply {
  /** The payload of the reply that follows it. */
  readonly payload: PayloadConvention;
  readonly sent: SentStream;
}

/** What answering with a stream needs. */
export interface StreamReplier {
  readonly replier: Replier;
  readonly outbox: Outbox;
}

/**
 * Answers a request with text while it is being made. The reply is left to the caller: the stream's end, which holds the whole text.
 *
 * @throws {AgentNetError} `invalid_target` when the sender can be reached neither by reply nor by account; `cancelled`, `stream_source_failed`,
 * and what `send` and `reply` fail with
 * @see spec rules `stream.reply.subject`, `stream.reply.final`
 */
export async function streamReply(
  { replier, outbox }: StreamReplier,
  request: ReceivedMessage,
  { chunks, ...options }: StreamOptions & { chunks: TextChunks },
): Promise<StreamedReply> {
  requireStreamOptions(options);
  const { signal, ...description } = options;
  const writer = new StreamWriter(description);
  const { clock } = outbox;
  const { maxPayloadBytes } = replier;
  const { streamId } = writer;
  const { thread_id: threadId, trace_id: traceId, reply_to, from_account_id } = request;
  const subject = reply_to ?? (from_account_id === undefined ? '' : subjects.accountInbox(from_account_id));
  const sending = { operation: 'stream', subject, traceId, within: replier.handling.get(request) } as const;
  return whileSending(sending, async (span) => {
    span?.describeStream({ streamId, threadId });
    const sink = sinkFor(request, { replier, outbox, traced: span?.forParts });
    const { end } = await pumpText(chunks, { writer, sink, clock, maxPayloadBytes, signal });
    return { payload: end, sent: { streamId, threadId, deltas: writer.deltas } };
  });
}

interface TracedReplier extends StreamReplier {
  readonly traced: Traced | undefined;
}

function sinkFor(request: ReceivedMessage, streaming: TracedReplier): StreamSink {
  const { reply_to, from_account_id, message_id, thread_id, trace_id } = request;
  // Only the owner of such an inbox is known to tell a stream from a reply; others would take its start for the reply.
  if (reply_to !== undefined && matchSubject.replyInbox(reply_to)) return replySink(request, streaming);
  if (from_account_id === undefined)
    throw new ValidationError('invalid_target', `nobody can be sent the answer to ${message_id || 'this message'}`);
  const { outbox, traced } = streaming;
  return accountSink(outbox, from_account_id, {
    traced,
    threadId: thread_id,
    ...(message_id === '' ? {} : { parentMessageId: message_id }),
    ...(trace_id === undefined ? {} : { traceId: trace_id }),
  });
}

/** A reply inbox has no rate limit and gives no receipts; the pace only keeps a fast source from flooding the connection. */
function replySink(request: ReceivedMessage, { replier, outbox: { clock }, traced }: TracedReplier): StreamSink {
  const pacer = new Pacer(1000 / limits.streamReplyFlushMs, limits.streamSendBurst, clock);
  return {
    flushMs: limits.streamReplyFlushMs,
    get readyInMs() {
      return pacer.readyInMs;
    },
    async send(event) {
      await pacer.take();
      replyWithEvent(replier, request, { payload: event, traced });
    },
  };
}
