"""Answering a request with text while it is being made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentnet_protocol import limits, subjects

from ..errors import ValidationError
from ..outbox.outbox import Outbox
from ..outbox.reply import Replier, reply_with_event
from ..received_message import ReceivedMessage
from ..tracing.spans import sending
from .account_sink import AccountSink, StreamContext
from .pacer import Pacer
from .pump_text import PumpOptions, StreamSink, TextChunks, pump_text
from .stream_text import SentStream
from .stream_writer import StreamDescription, StreamWriter

if TYPE_CHECKING:
    from ..tracing.message_span import PartOfSpan


@dataclass(frozen=True)
class StreamedReply:
    """A stream that was sent whole."""

    payload: dict[str, Any]
    """The payload of the reply that follows it."""
    sent: SentStream


async def stream_reply(
    outbox: Outbox, replier: Replier, request: ReceivedMessage, *, chunks: TextChunks, description: StreamDescription
) -> StreamedReply:
    """Sends the stream. The reply is left to the caller: the stream's end, which holds the whole text.

    Raises:
        AgentNetError: `invalid_target` when the sender can be reached neither by reply nor by account;
            `stream_source_failed`, and what `send` and `reply` fail with. Spec: rules `stream.reply.subject`,
            `stream.reply.final`.
    """
    writer = StreamWriter(description)
    sender = request.from_account_id
    subject = request.reply_to or ("" if sender is None else subjects.account_inbox(sender))
    within = replier.handlings.context_of(request)
    with sending("stream", subject, trace_id=request.trace_id, within=within) as span:
        if span:
            span.describe_stream(stream_id=writer.stream_id, thread_id=request.thread_id)
        sink = _sink_for(request, replier, outbox, span.for_parts if span else None)
        options = PumpOptions(writer=writer, sink=sink, clock=outbox.clock, max_payload_bytes=replier.max_payload_bytes)
        end = await pump_text(chunks, options)
    return StreamedReply(end, SentStream(stream_id=writer.stream_id, thread_id=request.thread_id, deltas=writer.deltas))


def _sink_for(request: ReceivedMessage, replier: Replier, outbox: Outbox, traced: PartOfSpan | None) -> StreamSink:
    # Only the owner of such an inbox is known to tell a stream from a reply; others would take its start for the reply.
    if request.reply_to is not None and subjects.match_reply_inbox(request.reply_to):
        return _ReplySink(request, replier, traced)
    if request.from_account_id is None:
        who = request.message_id or "this message"
        raise ValidationError("invalid_target", f"nobody can be sent the answer to {who}")
    context = StreamContext(
        thread_id=request.thread_id,
        parent_message_id=request.message_id or None,
        trace_id=request.trace_id,
        traced=traced,
    )
    return AccountSink(outbox, request.from_account_id, context)


class _ReplySink:
    """A reply inbox has no rate limit and gives no receipts; the pace only keeps a fast source from flooding the
    connection."""

    flush_seconds = limits.STREAM_REPLY_FLUSH_MS / 1000

    def __init__(self, request: ReceivedMessage, replier: Replier, traced: PartOfSpan | None) -> None:
        self._traced = traced
        self._request = request
        self._replier = replier
        self._pacer = Pacer(1 / self.flush_seconds, limits.STREAM_SEND_BURST, replier.clock)

    @property
    def ready_in(self) -> float:
        return self._pacer.ready_in

    async def send(self, event: dict[str, Any]) -> None:
        await self._pacer.take()
        await reply_with_event(self._replier, self._request, event, self._traced)
