"""Streaming to an account."""

from dataclasses import dataclass

from ..errors import ValidationError
from ..outbox.outbox import Outbox
from ..outbox.resolve_target import Target
from ..outbox.send import require_message_options
from ..received_message import default_thread_id
from ..tracing.spans import sending
from .account_sink import AccountSink, StreamContext
from .pump_text import PumpOptions, TextChunks, pump_text
from .stream_writer import StreamDescription, StreamWriter


@dataclass(frozen=True, kw_only=True)
class StreamTextOptions(StreamDescription):
    """How a stream of text is sent to an account."""

    thread_id: str | None = None
    parent_message_id: str | None = None
    trace_id: str | None = None
    ttl_ms: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_message_options(self.ttl_ms, None)


@dataclass(frozen=True, kw_only=True)
class SentStream:
    """What is known of a stream that was sent whole."""

    stream_id: str
    thread_id: str
    deltas: int
    """Messages the text was sent in."""


async def stream_text(outbox: Outbox, target: Target, chunks: TextChunks, options: StreamTextOptions) -> SentStream:
    """Sends text to an account while it is being made: one `stream_start`, deltas, one `stream_end` with the whole
    text. When it returns, the receiver has accepted every event. `chunks` is read only as fast as it can be sent.
    Cancelling its task ends the stream with `stream_error`.

    Raises:
        AgentNetError: `stream_source_failed`, `invalid_target` for a capability, which would scatter the stream over
            several agents, and what `send` fails with.
    """
    if target.to_account_id is None:
        raise ValidationError("invalid_target", "a stream goes to one account, not to a capability")
    writer = StreamWriter(options)
    with sending("stream", target.subject, trace_id=options.trace_id) as span:
        trace_id = options.trace_id or (span and span.trace_id) or writer.stream_id
        context = StreamContext(
            thread_id=options.thread_id or default_thread_id(trace_id),
            parent_message_id=options.parent_message_id,
            trace_id=trace_id,
            ttl_ms=options.ttl_ms,
            traced=span.for_parts if span else None,
        )
        if span:
            span.describe_stream(stream_id=writer.stream_id, thread_id=context.thread_id)
        sink = AccountSink(outbox, target.to_account_id, context)
        node = outbox.options
        pump = PumpOptions(writer=writer, sink=sink, clock=outbox.clock, max_payload_bytes=node.max_payload_bytes)
        await pump_text(chunks, pump)
    return SentStream(stream_id=writer.stream_id, thread_id=context.thread_id, deltas=writer.deltas)
