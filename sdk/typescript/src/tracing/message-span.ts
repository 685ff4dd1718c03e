import type { MessageHeaders } from '@agentnet/protocol';
import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AgentNetError, RemoteError } from '../errors.js';
import { traceIdIn, writeTraceContext } from './trace-context.js';

/** Error type of what has no code. */
const unknownError = '_OTHER';

/** What a span can say of a message, in the envelope's words. */
export interface SpokenOf {
  readonly message_id: string;
  readonly thread_id: string;
  readonly kind: string;
  readonly trace_id?: string;
  readonly from_account_id?: string;
  readonly to_account_id?: string;
}

/** What a message needs to know of the span it is sent in. */
export interface Traced {
  /** The trace it is recorded in; undefined when the tracer records nothing now. */
  readonly traceId: string | undefined;
  /** What tells the receiver of the span. */
  readonly headers: MessageHeaders | undefined;
  /** Puts the message's ids on the span; absent when the span is about more than this message. */
  describe?(message: SpokenOf, bodyBytes: number): void;
}

/** The span of one message, request or stream. */
export class MessageSpan implements Traced {
  /** What runs within it finds the span here. */
  readonly context: Context;
  readonly #span: Span;

  constructor(span: Span, within: Context) {
    this.#span = span;
    this.context = trace.setSpan(within, span);
  }

  get traceId(): string | undefined {
    const context = this.#span.spanContext();
    return isSpanContextValid(context) ? context.traceId : undefined;
  }

  get headers(): MessageHeaders | undefined {
    const context = this.#span.spanContext();
    return isSpanContextValid(context) ? writeTraceContext(context) : undefined;
  }

  /** For a message that is only a part of what the span is about. */
  get forParts(): Traced {
    return { traceId: this.traceId, headers: this.headers };
  }

  describe(message: SpokenOf, bodyBytes?: number): void {
    if (this.#span.isRecording()) this.#span.setAttributes(attributesOf(message, bodyBytes));
  }

  /** Puts a stream's ids on the span. */
  describeStream({ streamId, threadId }: { streamId: string; threadId: string }): void {
    this.#span.setAttributes({ 'agentnet.stream_id': streamId, 'messaging.message.conversation_id': threadId });
  }

  /** Keeps what was thrown with the span. */
  record(cause: unknown): void {
    this.#span.recordException(cause instanceof Error ? cause : String(cause));
  }

  /** Marks it as failed with an error code. Spec: rule `trace.error`. */
  failWith(code: string): void {
    this.#span.setAttribute('error.type', code);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  }

  fail(cause: unknown): void {
    this.record(cause);
    this.failWith(cause instanceof AgentNetError ? cause.code : unknownError);
    if (cause instanceof RemoteError && cause.remoteCode !== undefined)
      this.#span.setAttribute('agentnet.remote_code', cause.remoteCode);
  }

  end(): void {
    this.#span.end();
  }
}

function attributesOf(
  { message_id, thread_id, kind, trace_id, from_account_id, to_account_id }: SpokenOf,
  bodyBytes: number | undefined,
): Attributes {
  const said: Attributes = {
    'messaging.message.id': message_id,
    'messaging.message.conversation_id': thread_id,
    'agentnet.message.kind': kind,
  };
  if (bodyBytes !== undefined) said['messaging.message.body.size'] = bodyBytes;
  if (from_account_id !== undefined) said['agentnet.from_account_id'] = from_account_id;
  if (to_account_id !== undefined) said['agentnet.to_account_id'] = to_account_id;
  if (trace_id !== undefined && traceIdIn(trace_id) === undefined) said['agentnet.trace_id'] = trace_id;
  return said;
}
