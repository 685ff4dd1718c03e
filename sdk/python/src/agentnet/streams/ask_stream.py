"""Asking for an answer that arrives in pieces."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from agentnet_protocol import limits

from ..connection.to_agentnet_error import to_agentnet_error
from ..conversation.answer_text import answer_text
from ..errors import AgentNetError, TransportError
from ..identity.detached_text import Place
from ..outbox.await_receipt import AwaitedReceipt
from ..outbox.build_message import Draft, build_message, encode_message
from ..outbox.outbox import Outbox
from ..outbox.request import probe_presence, require_no_error
from ..outbox.resolve_target import Target, capability_of, capability_target, resolve_target
from ..outbox.seal import seal
from ..outbox.send import require_message_options
from ..received_message import ReceivedMessage
from ..require_option import require_at_least
from ..tracing.spans import sending
from .asked_streams import AskedStream
from .stream_event import read_stream_event
from .stream_join import StreamBounds, StreamJoin
from .text_feed import WholeText

if TYPE_CHECKING:
    from ..tracing.message_span import MessageSpan


@dataclass(frozen=True, kw_only=True)
class AskStreamOptions:
    """How a stream is asked for. Raises `ValidationError` `invalid_option` for values out of range."""

    payload: Any
    thread_id: str | None = None
    parent_message_id: str | None = None
    trace_id: str | None = None
    ttl_ms: int | None = None
    idempotency_key: str | None = None
    idle_timeout: float = limits.STREAM_IDLE_TIMEOUT_MS / 1000
    """Seconds without any event after which the answer is given up."""

    def __post_init__(self) -> None:
        require_message_options(self.ttl_ms, self.idempotency_key)
        require_at_least("idle_timeout", self.idle_timeout, 0.001)


class AnswerStream:
    """An answer that arrives in pieces: `async for` gives the deltas in order, `await answer.text` the whole.

    The responder's final text wins over the deltas. Leaving the loop, or `aclose()`, ends the wait.
    """

    def __init__(self, outbox: Outbox, to: str, options: AskStreamOptions) -> None:
        """Sends the request at once, whether or not the answer is read."""
        over = asyncio.Event()
        bounds = StreamBounds(idle_timeout_seconds=options.idle_timeout)
        self._join = StreamJoin(bounds, outbox.clock, over.set)
        self._asking = asyncio.ensure_future(_ask_reported(_Asking(outbox, to, self._join, options, over)))

    @property
    def text(self) -> WholeText:
        """The whole text. Raises what iterating raises."""
        return self._join.feed.text

    def __aiter__(self) -> AsyncIterator[str]:
        return self._join.feed.pieces()

    def __await__(self) -> Generator[Any, None, str]:
        return self.text.__await__()

    async def __aenter__(self) -> AnswerStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the wait; what has not come fails with `cancelled`."""
        self._join.feed.leave()
        await asyncio.wait([self._asking])


def text_payload(payload: Any) -> Any:
    """What the ergonomic calls send: a text as `{"text": …}`, anything else as it is."""
    return {"text": payload} if isinstance(payload, str) else payload


@dataclass(frozen=True)
class _Asking:
    outbox: Outbox
    to: str
    join: StreamJoin
    options: AskStreamOptions
    over: asyncio.Event


async def _ask_reported(asking: _Asking) -> None:
    try:
        await _ask(asking)
    except Exception as cause:  # Whoever reads the answer gets it there.
        asking.join.fail(to_agentnet_error(cause))
    finally:
        asking.join.fail(TransportError("cancelled", "the call was cancelled"))


async def _target_of(to: str, outbox: Outbox) -> Target:
    capability = capability_of(to)
    return await resolve_target(to, outbox.usernames) if capability is None else capability_target(capability)


async def _ask(asking: _Asking) -> None:
    target = await _target_of(asking.to, asking.outbox)
    with sending("ask_stream", target.subject, trace_id=asking.options.trace_id) as span:
        await _ask_within(span, target, asking)
        if span:
            await asking.join.feed.text


async def _ask_within(span: MessageSpan | None, target: Target, asking: _Asking) -> None:
    outbox, options, join = asking.outbox, asking.options, asking.join
    draft = Draft(
        payload=options.payload,
        kind="request",
        ttl_ms=outbox.options.default_ttl_ms if options.ttl_ms is None else options.ttl_ms,
        trace_id=span.trace_id if span and options.trace_id is None else options.trace_id,
        thread_id=options.thread_id,
        parent_message_id=options.parent_message_id,
        idempotency_key=options.idempotency_key,
        receipts=outbox.asked_receipts,
    )
    now = outbox.clock.now()
    message = build_message(outbox.sender, draft, to_agent=target.to_agent, to_account_id=target.to_account_id, now=now)
    body = encode_message(message, outbox.sender, outbox.options.max_payload_bytes)
    if span:
        span.describe(message, len(body))
    request_id = message["message_id"]
    asked = AskedStream(
        request_id=request_id, thread_id=message["thread_id"], account_id=target.to_account_id, join=join
    )
    awaited = outbox.replies.expect(
        target.subject, message_id=request_id, account_id=target.to_account_id, on_event=outbox.asked.offer
    )
    receipt = outbox.receipts.expect(request_id, target.to_account_id, verified="when-asked")
    waiting = _Waiting(outbox, target, asked, receipt)
    conclusion = asyncio.ensure_future(_conclude_with(awaited.reply, asked))
    probing = asyncio.ensure_future(_probe_later(waiting))
    ended = asyncio.ensure_future(asking.over.wait())
    try:
        await outbox.asked.add(asked)
        if join.feed.is_over:
            return
        place = Place(target.subject, body, awaited.subject)
        headers = seal(outbox.sender, "message", place, span.headers if span else None)
        await outbox.link.publish(target.subject, body, reply=awaited.subject, headers=headers)
        await asyncio.wait([ended])
    finally:
        for task in (conclusion, probing, ended):
            task.cancel()
        awaited.forget()
        receipt.forget()
        await outbox.asked.remove(asked)


async def _conclude_with(first_reply: Any, asked: AskedStream) -> None:
    """Once something of a stream has come, a reply that is not its end adds nothing."""
    try:
        reply: ReceivedMessage = await first_reply.within(None)
        require_no_error(reply)
    except AgentNetError as failure:
        asked.join.fail(failure)
        return
    event = read_stream_event(reply.payload)
    if event:
        asked.join.take(event)
    elif asked.key is None:
        asked.join.finish_with(answer_text(reply.payload))


@dataclass(frozen=True)
class _Waiting:
    outbox: Outbox
    target: Target
    asked: AskedStream
    receipt: AwaitedReceipt

    @property
    def has_heard(self) -> bool:
        return self.asked.key is not None or self.receipt.receipt.is_settled


async def _probe_later(waiting: _Waiting) -> None:
    """A receipt proves that somebody is there; without one, the registry is asked."""
    outbox = waiting.outbox
    with contextlib.suppress(AgentNetError):
        await waiting.receipt.receipt.within(limits.PRESENCE_PROBE_DELAY_MS / 1000)
    if waiting.has_heard:
        return
    try:
        await waiting.receipt.look()
        if waiting.has_heard:
            return
        offline = await probe_presence(outbox, waiting.target)
        await waiting.receipt.look()
    except Exception as cause:  # The request itself goes on; nobody else would hear of it.
        outbox.events.report(to_agentnet_error(cause))
        return
    if offline and not waiting.has_heard:
        waiting.asked.join.fail(offline)
