import type { MessageOptions } from '../outbox/send-options.js';
import { optionNames, requireKnown } from '../require-option.js';
import type { StreamDescription } from './stream-writer.js';

/** How a stream of text is sent. */
export interface StreamOptions extends StreamDescription {
  /** Ends the stream: the receiver gets `stream_error`, the caller `cancelled`. */
  signal?: AbortSignal;
}

/** How a stream of text is sent to an account. */
export interface StreamTextOptions
  extends StreamOptions,
    Pick<MessageOptions, 'threadId' | 'parentMessageId' | 'traceId' | 'ttlMs'> {}

/** What is known of a stream that was sent whole. */
export interface SentStream {
  readonly streamId: string;
  readonly threadId: string;
  /** Messages the text was sent in. */
  readonly deltas: number;
}

const stream = { streamId: true, role: true, contentType: true, metadata: true, signal: true } as const;
const knownStream = optionNames<StreamOptions>(stream);
const knownStreamText = optionNames<StreamTextOptions>({
  ...stream,
  threadId: true,
  parentMessageId: true,
  traceId: true,
  ttlMs: true,
});

/** @throws {ValidationError} `invalid_option` */
export function requireStreamOptions(options: StreamOptions): void {
  requireKnown('stream', options, knownStream);
}

/** @throws {ValidationError} `invalid_option` */
export function requireStreamTextOptions(options: StreamTextOptions): void {
  requireKnown('streamText', options, knownStreamText);
}
