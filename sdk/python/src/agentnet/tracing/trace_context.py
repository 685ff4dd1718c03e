"""Spans as messages name them."""

import re

from agentnet_protocol import MessageHeaders, headers
from opentelemetry.trace import SpanContext, TraceFlags, format_span_id, format_trace_id
from opentelemetry.trace.span import TraceState

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_VERSION = "00"
_SPAN_ID_DIGITS = 16


def trace_id_in(text: str | None) -> str | None:
    """The text as a trace id, if it is one. Spec: rule `trace.id`."""
    return text if text is not None and _TRACE_ID.fullmatch(text) else None


def read_trace_context(given: MessageHeaders | None) -> SpanContext | None:
    """The sender's span as the headers of a message name it; None when they are malformed. Spec: rule
    `trace.header.malformed`."""
    parts = _TRACEPARENT.fullmatch((given or {}).get(headers.TRACEPARENT, ""))
    if parts is None or (parts[1] == _VERSION and parts[5]):
        return None
    state = (given or {}).get(headers.TRACESTATE)
    return SpanContext(
        trace_id=int(parts[2], 16),
        span_id=int(parts[3], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(parts[4], 16) & TraceFlags.SAMPLED),
        trace_state=TraceState() if state is None else TraceState.from_header([state]),
    )


def write_trace_context(span: SpanContext) -> dict[str, str]:
    """Names a span in the headers of what it sends. Spec: rule `trace.header`."""
    flags = span.trace_flags & TraceFlags.SAMPLED
    ids = f"{format_trace_id(span.trace_id)}-{format_span_id(span.span_id)}"
    written = {headers.TRACEPARENT: f"{_VERSION}-{ids}-{flags:02x}"}
    state = span.trace_state.to_header()
    return {**written, headers.TRACESTATE: state} if state else written


def parent_in(trace_id: str) -> SpanContext:
    """The parent of a span that is known to belong to a trace, and nothing else. Spec: rule `trace.parent.none`."""
    span_id = int(trace_id[-_SPAN_ID_DIGITS:], 16) or int(trace_id[:_SPAN_ID_DIGITS], 16)
    return SpanContext(int(trace_id, 16), span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
