"""Sending text as one stream while it is being made."""

import asyncio
import contextlib
import json
import math
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from agentnet_protocol import limits

from ..clock import Clock, is_done_within
from ..errors import AgentNetError, ValidationError
from .stream_writer import StreamWriter

TextChunks: TypeAlias = AsyncIterable[str] | Iterable[str]
"""Text in pieces of any size."""


class StreamSink(Protocol):
    """Where a stream goes."""

    @property
    def flush_seconds(self) -> float:
        """Seconds of text that become one delta."""
        ...

    @property
    def ready_in(self) -> float:
        """Seconds until one more message may be sent."""
        ...

    async def send(self, event: dict[str, Any]) -> None:
        """Returns when the event is where it should be; the next one is sent only then."""
        ...


@dataclass(frozen=True, kw_only=True)
class PumpOptions:
    """What a stream is pumped with."""

    writer: StreamWriter
    sink: StreamSink
    clock: Clock
    max_payload_bytes: int


_SPOKEN = {
    "stream_source_failed": "the source of the stream failed",
    "invalid_payload": "the source of the stream failed",
}
"""What the receiver is told; the error's own text stays here."""

_ENVELOPE_BYTES = 4096
"""Room for the envelope and the rest of the last payload."""


async def pump_text(chunks: TextChunks, options: PumpOptions) -> dict[str, Any]:
    """Reads `chunks` no faster than the sink takes them and sends them as one stream. When its task is cancelled, the
    stream ends with `stream_error`.

    Returns:
        The payload that ended the stream.

    Raises:
        AgentNetError: `stream_source_failed`, `invalid_payload`, and what the sink fails with.
    """
    return await _Pump(chunks, options).run()


class _Pump:
    def __init__(self, chunks: TextChunks, options: PumpOptions) -> None:
        if not isinstance(chunks, AsyncIterable | Iterable):
            raise ValidationError("invalid_option", "chunks must be an iterable or asynchronous iterable of texts")
        self._source = chunks.__aiter__() if isinstance(chunks, AsyncIterable) else iter(chunks)
        self._writer = options.writer
        self._sink = options.sink
        self._clock = options.clock
        self._max_bytes = options.max_payload_bytes
        # JSON writes a character as up to six bytes.
        self._delta_max_bytes = min(limits.STREAM_DELTA_MAX_BYTES, options.max_payload_bytes // 8)
        self._unsent = ""
        self._unsent_bytes = 0
        self._sent: list[str] | None = []
        self._sent_bytes = 0
        self._last_flush_at = -math.inf

    async def run(self) -> dict[str, Any]:
        try:
            await self._sink.send(self._writer.start(self._clock.now()))
            await self._relay()
        except asyncio.CancelledError:
            await self._break("the stream was cancelled")
            raise
        except AgentNetError as cause:
            if cause.code in _SPOKEN:
                # The reason is what the caller hears; that the rest could not be sent either adds nothing.
                with contextlib.suppress(AgentNetError):
                    await self._flush_all()
                await self._break(_SPOKEN[cause.code])
            raise
        end = self._writer.end(self._final_text(), self._clock.now())
        await self._sink.send(end)
        return end

    async def _relay(self) -> None:
        reading = asyncio.ensure_future(_read(self._source))
        try:
            while True:
                if not await is_done_within(self._clock, reading, self._due_in() if self._unsent else None):
                    await self._flush()
                    continue
                chunk = _result_of(reading)
                if chunk is None:
                    break
                self._add(chunk)
                while self._unsent_bytes >= self._delta_max_bytes or (self._unsent and self._due_in() <= 0):
                    await self._flush()
                reading = asyncio.ensure_future(_read(self._source))
            await self._flush_all()
        finally:
            if not reading.done():
                reading.cancel()
                await asyncio.wait([reading])
            await _leave(self._source)

    async def _flush_all(self) -> None:
        """No other half will come."""
        self._unsent = _well_formed(self._unsent)
        while self._unsent:
            await self._flush()

    def _due_in(self) -> float:
        return max(self._last_flush_at + self._sink.flush_seconds - self._clock.elapsed(), self._sink.ready_in)

    def _add(self, chunk: Any) -> None:
        if not isinstance(chunk, str):
            detail = f"a stream is made of text, the source gave {type(chunk).__name__}"
            raise ValidationError("invalid_payload", detail)
        self._unsent += chunk
        self._unsent_bytes += _byte_length(chunk)

    async def _flush(self) -> None:
        """Sends one delta. Half a character waits for its other half."""
        self._last_flush_at = self._clock.elapsed()
        if _is_half(self._unsent):
            return
        piece = _head_of(self._unsent, self._delta_max_bytes)
        self._unsent = self._unsent[len(piece) :]
        self._unsent_bytes = _byte_length(self._unsent)
        delta = _well_formed(piece)
        self._keep(delta)
        await self._sink.send(self._writer.delta(delta))

    def _keep(self, delta: str) -> None:
        if self._sent is None:
            return
        self._sent.append(delta)
        self._sent_bytes += len(delta)
        if self._sent_bytes > self._max_bytes:
            self._sent = None

    def _final_text(self) -> str | None:
        if self._sent is None:
            return None
        text = "".join(self._sent)
        return text if len(json.dumps(text, ensure_ascii=False).encode()) + _ENVELOPE_BYTES <= self._max_bytes else None

    async def _break(self, reason: str) -> None:
        """Ends the stream for its receiver. Cancelling once more ends the waiting, not the telling."""
        telling = asyncio.ensure_future(self._tell(reason))
        _telling.add(telling)
        telling.add_done_callback(_telling.discard)
        await asyncio.shield(telling)

    async def _tell(self, reason: str) -> None:
        # The reason is what the caller hears; that the receiver could not be told either adds nothing.
        with contextlib.suppress(AgentNetError):
            await self._sink.send(self._writer.error(reason, self._clock.now()))


_telling: set[asyncio.Future[None]] = set()
"""The event loop holds its tasks weakly."""


async def _read(source: AsyncIterator[str] | Iterator[str]) -> str | None:
    """The next chunk; None after the last one."""
    try:
        if isinstance(source, AsyncIterator):
            return await source.__anext__()
        return next(source, None)
    except StopAsyncIteration:
        return None
    except Exception as cause:  # A source can raise anything; none of it may reach the receiver.
        raise AgentNetError("stream_source_failed", "the source of the text failed") from cause


def _result_of(reading: "asyncio.Future[str | None]") -> str | None:
    """A source that was cancelled by somebody else has failed; this stream was not cancelled."""
    if reading.cancelled():
        raise AgentNetError("stream_source_failed", "the source of the text was cancelled")
    return reading.result()


async def _leave(source: AsyncIterator[str] | Iterator[str]) -> None:
    # What a source raises while it is left behind is nobody's concern any more.
    with contextlib.suppress(Exception):
        if hasattr(source, "aclose"):
            await source.aclose()
        elif hasattr(source, "close"):
            source.close()


def _byte_length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _is_half(text: str) -> bool:
    return len(text) == 1 and _ends_in_half(text)


def _ends_in_half(text: str) -> bool:
    return "\ud800" <= text[-1:] <= "\udbff"


def _well_formed(text: str) -> str:
    """Two halves that came one by one become a character; half a character becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _head_of(text: str, max_bytes: int) -> str:
    """At most `max_bytes` from the start, without cutting a character."""
    whole = text[:-1] if len(text) > 1 and _ends_in_half(text) else text
    # No character has less than one byte.
    head = whole[:max_bytes]
    while (too_many := _byte_length(head) - max_bytes) > 0:
        # None has more than four, either, so this never goes below what fits by more than it must.
        head = head[: -max(1, too_many // 4)]
    return head[:-1] if len(head) > 1 and _ends_in_half(head) else head
