"""Running the handler within the work timeout."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ..clock import is_done_within
from ..errors import AgentNetError
from ..streams.pump_text import TextChunks
from ..streams.stream_reply import stream_reply
from ..streams.stream_text import SentStream
from ..streams.stream_writer import StreamDescription
from .gates import SHUTTING_DOWN
from .incoming import Incoming
from .refusal import Refusal, refusal_of

if TYPE_CHECKING:
    from .inbox import Inbox

MessageHandler: TypeAlias = Callable[..., Awaitable[object] | object]
"""Handles one message: `async def handle(message)` or `async def handle(message, context)`. When it returns, the sender
gets `processed`; when it raises, `handler_error` without the error's text. It is cancelled at the work timeout."""

_TIMED_OUT = refusal_of("timeout")
_FAILED = refusal_of("handler_error")


@dataclass(frozen=True)
class HandlerContext:
    """What a handler has besides the message."""

    _inbox: Inbox
    _incoming: Incoming

    async def reply(self, payload: Any) -> None:
        """Answers the message; its copies will get the same answer.

        Raises:
            AgentNetError: `invalid_target` when the sender waits for no reply; `invalid_payload`, `message_too_large`,
                `connection_closed`
        """
        await self._inbox.reply(self._incoming.message, payload)

    async def stream(
        self,
        chunks: TextChunks,
        *,
        stream_id: str | None = None,
        role: str = "assistant",
        content_type: str = "text/plain",
        metadata: dict[str, Any] | None = None,
    ) -> SentStream:
        """Answers the message with text while it is being made, then replies with the whole text. It must end within
        the work timeout; when the handler is cancelled, the stream ends with `stream_error`.

        Args:
            chunks: The text in pieces of any size; they are joined into as many messages as the requester can take.
            stream_id: Names the stream within its thread. Default: a new unique id.
            role: Who speaks.
            content_type: Media type of the text.
            metadata: Anything else.

        Raises:
            AgentNetError: `invalid_target` when the sender can be reached neither by reply nor by account;
                `stream_source_failed`, and what `send` and `reply` fail with. Spec: rules `stream.reply.subject`,
                `stream.reply.final`.
        """
        named = {} if stream_id is None else {"stream_id": stream_id}
        described = StreamDescription(role=role, content_type=content_type, metadata=metadata or {}, **named)
        message, inbox = self._incoming.message, self._inbox
        streamed = await stream_reply(inbox.outbox, inbox.replier, message, chunks=chunks, description=described)
        if message.reply_to is not None:
            await self.reply(streamed.payload)
        return streamed.sent


class HandlerRunner:
    """Handlers under way, so that closing can end them."""

    def __init__(self, handler: MessageHandler, inbox: Inbox) -> None:
        self._handler = handler
        self._inbox = inbox
        self._takes_context = _parameter_count(handler) > 1
        # Whether each was stopped.
        self._handling: dict[asyncio.Future[object], bool] = {}

    def stop(self) -> None:
        """Cancels what runs; it ends with `shutting_down`."""
        for handling in list(self._handling):
            self._handling[handling] = True
            handling.cancel()

    async def run(self, incoming: Incoming) -> Refusal | None:
        """The slot is free again at the timeout, even if the handler swallows its cancellation."""
        inbox = self._inbox
        handling: asyncio.Future[object] = asyncio.ensure_future(self._invoke(incoming))
        self._handling[handling] = False
        try:
            is_done = await is_done_within(inbox.clock, handling, inbox.options.work_timeout_seconds)
        finally:
            is_stopped = self._handling.pop(handling)
        if not is_done:
            handling.cancel()
            handling.add_done_callback(_retrieve)
            return _TIMED_OUT
        if handling.cancelled():
            return SHUTTING_DOWN if is_stopped else _FAILED
        failure = handling.exception()
        if failure is None:
            return None
        incoming.handling.record(failure)
        name = incoming.message.message_id or "(without id)"
        error = AgentNetError("handler_error", f"the handler failed on message {name}")
        error.__cause__ = failure
        inbox.events.report(error)
        return _FAILED

    async def _invoke(self, incoming: Incoming) -> object:
        message = incoming.message
        if incoming.event and self._inbox.outbox.asked.offer(message):
            return None
        context = HandlerContext(self._inbox, incoming)
        with incoming.handling.attached():
            result = self._handler(message, context) if self._takes_context else self._handler(message)
            return await result if inspect.isawaitable(result) else result


def _parameter_count(handler: MessageHandler) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in kinds for parameter in inspect.signature(handler).parameters.values())


def _retrieve(task: asyncio.Future[object]) -> None:
    if not task.cancelled():
        task.exception()
