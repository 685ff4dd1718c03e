"""Running the handler within the work timeout."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

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
gets `processed`, with the reply where that is given last and the sender can read it there; when it raises,
`handler_error` without the error's text. It is cancelled at the work timeout."""

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


OnEnd: TypeAlias = Callable[[Refusal | None, float | None], None]
"""Hears once how the work with a message ended: why it is refused, and the seconds the handler took, if it ran."""


@dataclass(eq=False)
class _Turn:
    """One message's time with the handler."""

    incoming: Incoming
    on_end: OnEnd
    task: asyncio.Task[None] | None = None
    started: float | None = None
    cancel_timer: Callable[[], None] | None = None
    is_stopped: bool = False
    is_over: bool = False


class HandlerRunner:
    """Handlers under way, each in a task of its own, so that it can be cancelled without anybody else."""

    def __init__(self, handler: MessageHandler, inbox: Inbox) -> None:
        self._handler = handler
        self._inbox = inbox
        self._takes_context = _parameter_count(handler) > 1
        self._turns: set[_Turn] = set()

    def stop(self) -> None:
        """Cancels what runs; it ends with `shutting_down`."""
        for turn in list(self._turns):
            turn.is_stopped = True
            if turn.task:
                # One that has not begun never will, and could not say so.
                self._conclude_later(turn, turn.task)
                turn.task.cancel()

    def start(self, incoming: Incoming, on_end: OnEnd) -> None:
        """The turn is over at the timeout, even if the handler swallows its cancellation."""
        turn = _Turn(incoming, on_end)
        self._turns.add(turn)
        turn.task = asyncio.ensure_future(self._run(turn))

    async def _run(self, turn: _Turn) -> None:
        inbox, incoming = self._inbox, turn.incoming
        try:
            refusal = inbox.refusal_at_dequeue(incoming)
            if refusal:
                self._end(turn, refusal)
                return
            turn.started = inbox.clock.elapsed()
            turn.cancel_timer = inbox.clock.after(inbox.options.work_timeout_seconds, lambda: self._time_out(turn))
            incoming.handling = inbox.handling_of(incoming)
            await self._invoke(incoming)
        except Exception as failure:  # A handler can raise anything.
            self._fail(turn, failure)
            return
        except asyncio.CancelledError:
            self._end(turn, SHUTTING_DOWN if turn.is_stopped else _FAILED)
            raise
        # What ends here leaves in one write with what the handler sent. A cancellation that has not arrived yet, which
        # Python 3.10 does not tell of, is left to the task's own end.
        task = turn.task
        if task and not (hasattr(task, "cancelling") and not task.cancelling()):
            self._conclude_later(turn, task)
        else:
            self._end(turn, None)

    async def _invoke(self, incoming: Incoming) -> None:
        message = incoming.message
        if incoming.event and self._inbox.outbox.asked.offer(message):
            return
        with incoming.handling.attached():
            if self._takes_context:
                result = self._handler(message, HandlerContext(self._inbox, incoming))
            else:
                result = self._handler(message)
            if inspect.isawaitable(result):
                await result

    def _time_out(self, turn: _Turn) -> None:
        if turn.task and not turn.is_over:
            turn.task.cancel()
            self._end(turn, _TIMED_OUT)

    def _conclude_later(self, turn: _Turn, task: asyncio.Task[None]) -> None:
        def conclude(ended: asyncio.Task[None]) -> None:
            is_failed = ended.cancelled() and not turn.is_stopped
            self._end(turn, _FAILED if is_failed else SHUTTING_DOWN if ended.cancelled() else None)

        task.add_done_callback(conclude)

    def _fail(self, turn: _Turn, failure: Exception) -> None:
        if turn.is_over:
            return
        turn.incoming.handling.record(failure)
        name = turn.incoming.message.message_id or "(without id)"
        error = AgentNetError("handler_error", f"the handler failed on message {name}")
        error.__cause__ = failure
        try:
            self._inbox.events.report(error)
        finally:
            self._end(turn, _FAILED)

    def _end(self, turn: _Turn, refusal: Refusal | None) -> None:
        if turn.is_over:
            return
        turn.is_over = True
        self._turns.discard(turn)
        if turn.cancel_timer:
            turn.cancel_timer()
        took = None if turn.started is None else self._inbox.clock.elapsed() - turn.started
        turn.on_end(refusal, took)


def _parameter_count(handler: MessageHandler) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in kinds for parameter in inspect.signature(handler).parameters.values())
