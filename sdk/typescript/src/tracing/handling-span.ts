import type { MessageHeaders } from '@agentnet/protocol';
import { type Context, context, ROOT_CONTEXT, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import type { ReceivedMessage } from '../received-message.js';
import { destinationOf } from './destination.js';
import { MessageSpan } from './message-span.js';
import { parentIn, readTraceContext, traceIdIn } from './trace-context.js';

/** A message as it came off the wire. */
interface RawMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers?: MessageHeaders | undefined;
}

/** Begins the span of one handler's work with one message. */
export function beginHandling(tracer: Tracer, message: ReceivedMessage, raw: RawMessage): MessageSpan {
  const destination = destinationOf(raw.subject);
  const parent = senderContext(message, raw.headers);
  const attributes = {
    ...destination.attributes,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
  };
  const kind = message.reply_to === undefined ? SpanKind.CONSUMER : SpanKind.SERVER;
  const span = new MessageSpan(tracer.startSpan(`process ${destination.name}`, { kind, attributes }, parent), parent);
  span.describe(message, raw.body.length);
  return span;
}

/**
 * The sender's span as a context. Not within the active one: messages come in whatever context the connection was opened in.
 * Spec: rules `trace.parent`, `trace.parent.none`.
 */
export function senderContext({ trace_id }: ReceivedMessage, headers: MessageHeaders | undefined): Context {
  const traceId = traceIdIn(trace_id);
  const parent = readTraceContext(headers);
  if (parent && (traceId === undefined || traceId === parent.traceId))
    return trace.setSpanContext(ROOT_CONTEXT, parent);
  return traceId === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parentIn(traceId));
}

/** Runs `work` where what it sends becomes part of the message's trace. */
export function runWithin<T>(within: Context | undefined, work: () => T): T {
  return within ? context.with(within, work) : work();
}
