import { type Context, context, type Link, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { destinationOf } from './destination.js';
import { MessageSpan } from './message-span.js';
import { parentIn, traceIdIn } from './trace-context.js';
import { installedTracer } from './tracer.js';

/** What is about to be sent. */
export interface Sending {
  /** One word for the call: it begins the span's name. */
  readonly operation: 'send' | 'request' | 'reply' | 'stream' | 'ask_stream';
  readonly subject: string;
  /** The trace id that the caller names, or that the message answered has. */
  readonly traceId: string | undefined;
  /** What it is part of. @default whatever is active */
  readonly within?: Context | undefined;
}

/** Operations that wait for an answer. */
const asks: ReadonlySet<Sending['operation']> = new Set(['request', 'ask_stream']);

/** Begins the span of what is sent; undefined when the program traces nothing. */
export function beginSending({ operation, subject, traceId, within }: Sending): MessageSpan | undefined {
  const tracer = installedTracer();
  if (!tracer) return undefined;
  const destination = destinationOf(subject);
  const { parent, links } = parentFor(traceId, within ?? context.active());
  const attributes = {
    ...destination.attributes,
    'messaging.operation.name': operation,
    'messaging.operation.type': 'send',
  };
  const kind = asks.has(operation) ? SpanKind.CLIENT : SpanKind.PRODUCER;
  const span = tracer.startSpan(`${operation} ${destination.name}`, { kind, attributes, links }, parent);
  return new MessageSpan(span, parent);
}

/** Sends within a span that ends with the work and fails with it. */
export function whileSending<T>(sending: Sending, work: (span: MessageSpan | undefined) => Promise<T>): Promise<T> {
  const span = beginSending(sending);
  return span ? endWith(span, work(span)) : work(undefined);
}

/** As `whileSending`, for what is sent at once. */
export function sendWithin<T>(sending: Sending, work: (span: MessageSpan | undefined) => T): T {
  const span = beginSending(sending);
  if (!span) return work(undefined);
  try {
    return work(span);
  } catch (cause) {
    span.fail(cause);
    throw cause;
  } finally {
    span.end();
  }
}

async function endWith<T>(span: MessageSpan, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    span.fail(cause);
    throw cause;
  } finally {
    span.end();
  }
}

/** A named trace wins over the active one, which then is only linked to. Spec: rules `trace.id`, `trace.parent.none`. */
function parentFor(id: string | undefined, active: Context): { parent: Context; links: Link[] } {
  const traceId = traceIdIn(id);
  const current = trace.getSpanContext(active);
  if (traceId === undefined || current?.traceId === traceId) return { parent: active, links: [] };
  const parent = trace.setSpanContext(ROOT_CONTEXT, parentIn(traceId));
  return { parent, links: current ? [{ context: current }] : [] };
}
