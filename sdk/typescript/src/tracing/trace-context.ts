import { headers, type MessageHeaders } from '@agentnet/protocol';
import { createTraceState, type SpanContext, TraceFlags } from '@opentelemetry/api';

const traceIdForm = /^(?!0{32})[0-9a-f]{32}$/;
const traceparentForm =
  /^(?!ff)(?<version>[0-9a-f]{2})-(?<traceId>(?!0{32})[0-9a-f]{32})-(?<spanId>(?!0{16})[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<rest>-.*)?$/;
const version = '00';
const spanIdDigits = 16;
const noSpan = '0'.repeat(spanIdDigits);

/** The id as a trace id, if it is one. Spec: rule `trace.id`. */
export function traceIdIn(id: string | undefined): string | undefined {
  return id !== undefined && traceIdForm.test(id) ? id : undefined;
}

/** The sender's span as the headers of a message name it; undefined when they are malformed. Spec: rule `trace.header.malformed`. */
export function readTraceContext(given: MessageHeaders | undefined): SpanContext | undefined {
  const parts = traceparentForm.exec(given?.[headers.traceparent] ?? '')?.groups;
  if (!parts || (parts['version'] === version && parts['rest'] !== undefined)) return undefined;
  const { traceId = '', spanId = '', flags = '' } = parts;
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  };
  const state = given?.[headers.tracestate];
  if (state !== undefined) context.traceState = createTraceState(state);
  return context;
}

/** Names a span in the headers of what it sends. Spec: rule `trace.header`. */
export function writeTraceContext({ traceId, spanId, traceFlags, traceState }: SpanContext): MessageHeaders {
  const flags = (traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0');
  const traceparent = { [headers.traceparent]: `${version}-${traceId}-${spanId}-${flags}` };
  const state = traceState?.serialize();
  return state ? { ...traceparent, [headers.tracestate]: state } : traceparent;
}

/** The parent of a span that is known to belong to a trace, and nothing else. Spec: rule `trace.parent.none`. */
export function parentIn(traceId: string): SpanContext {
  const last = traceId.slice(-spanIdDigits);
  const spanId = last === noSpan ? traceId.slice(0, spanIdDigits) : last;
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}
