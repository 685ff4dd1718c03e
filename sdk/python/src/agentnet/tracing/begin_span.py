"""Beginning the spans of what is sent and handled."""

from collections.abc import Iterator
from contextlib import contextmanager

from agentnet_protocol import MessageHeaders, TransportMessage
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Tracer, set_span_in_context

from ..received_message import ReceivedMessage
from .destination import destination_of
from .message_span import MessageSpan
from .operation import Operation
from .trace_context import parent_in, read_trace_context, trace_id_in

_SCOPE = "agentnet"
_ASKS: frozenset[Operation] = frozenset(("request", "ask_stream"))
"""Operations that wait for an answer."""


def installed_tracer() -> Tracer | None:
    """The tracer of whatever the program has installed; None without one. Asked each time: a program may install its
    tracer after its agents."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider):
        return None
    return provider.get_tracer(_SCOPE)


def begin_sending(
    operation: Operation, subject: str, *, trace_id: str | None, within: Context | None
) -> MessageSpan | None:
    """The span of what is sent; None when the program traces nothing.

    Args:
        operation: One word for the call: it begins the span's name.
        subject: Where the message goes.
        trace_id: The one that the caller names, or that the message answered has.
        within: What it is part of; None for whatever is active.
    """
    tracer = installed_tracer()
    if tracer is None:
        return None
    destination = destination_of(subject)
    parent, links = _parent_for(trace_id, contexts.get_current() if within is None else within)
    span = tracer.start_span(
        f"{operation} {destination.name}",
        parent,
        SpanKind.CLIENT if operation in _ASKS else SpanKind.PRODUCER,
        {
            **destination.attributes,
            "messaging.operation.name": operation,
            "messaging.operation.type": "send",
        },
        links,
    )
    return MessageSpan(span, parent)


def begin_handling(message: ReceivedMessage, raw: TransportMessage) -> MessageSpan | None:
    """The span of one handler's work with one message; None when the program traces nothing."""
    tracer = installed_tracer()
    if tracer is None:
        return None
    destination = destination_of(raw.subject)
    parent = sender_context(message, raw.headers)
    started = tracer.start_span(
        f"process {destination.name}",
        parent,
        SpanKind.CONSUMER if message.reply_to is None else SpanKind.SERVER,
        {
            **destination.attributes,
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
        },
    )
    span = MessageSpan(started, parent)
    span.describe(vars(message), len(raw.body))
    return span


def sender_context(message: ReceivedMessage, headers: MessageHeaders | None) -> Context:
    """The sender's span as a context. Not within the active one: messages come in whatever context the connection was
    opened in. Spec: rules `trace.parent`, `trace.parent.none`."""
    trace_id, parent = trace_id_in(message.trace_id), read_trace_context(headers)
    if parent and (trace_id is None or int(trace_id, 16) == parent.trace_id):
        return _context_of(parent)
    return Context() if trace_id is None else _context_of(parent_in(trace_id))


@contextmanager
def attached(within: Context) -> Iterator[None]:
    """What is sent in the block becomes part of the message's trace."""
    token = contexts.attach(within)
    try:
        yield
    finally:
        contexts.detach(token)


def _parent_for(given: str | None, active: Context) -> tuple[Context, list[Link]]:
    """A named trace wins over the active one, which then is only linked to. Spec: rules `trace.id`,
    `trace.parent.none`."""
    trace_id = trace_id_in(given)
    current = trace.get_current_span(active).get_span_context()
    if trace_id is None or (current.is_valid and current.trace_id == int(trace_id, 16)):
        return active, []
    return _context_of(parent_in(trace_id)), [Link(current)] if current.is_valid else []


def _context_of(span: SpanContext) -> Context:
    return set_span_in_context(NonRecordingSpan(span), Context())
