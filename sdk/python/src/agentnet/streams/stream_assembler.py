"""Joining the streams of many senders."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from agentnet_protocol import limits

from ..clock import Clock, SystemClock
from ..errors import RemoteError, TransportError
from ..received_message import ReceivedMessage
from .stream_event import StreamEvent, read_stream_event
from .stream_join import StreamBounds, StreamJoin
from .stream_key import stream_key
from .text_feed import TextFeed, WholeText


@dataclass(frozen=True)
class ReceivedStream:
    """A stream as its reader gets it: `async for` gives the deltas in order, `await stream.text` the whole."""

    stream_id: str
    message: ReceivedMessage
    """The first message of the stream that arrived; it says thread, sender, role and content type."""
    _feed: TextFeed

    @property
    def thread_id(self) -> str:
        """The conversation it belongs to."""
        return self.message.thread_id

    @property
    def from_account_id(self) -> str | None:
        """The sender's account."""
        return self.message.from_account_id

    @property
    def text(self) -> WholeText:
        """The whole text; the final text of the sender wins over the deltas. Raises what iterating raises."""
        return self._feed.text

    def __aiter__(self) -> AsyncIterator[str]:
        return self._feed.pieces()


class StreamAssembler:
    """Streams are told apart by account, thread and stream id. Memory is bounded; what ended is not opened again by
    late events."""

    def __init__(
        self,
        on_stream: Callable[[ReceivedStream], object],
        *,
        bounds: StreamBounds | None = None,
        max_open: int = limits.STREAM_ASSEMBLY_MAX_OPEN,
        clock: Clock | None = None,
    ) -> None:
        """Args:
        on_stream: Hears of each new stream.
        bounds: Of one stream.
        max_open: Streams joined at the same time.
        clock: Time; replaced in tests.
        """
        self._on_stream = on_stream
        self._bounds = bounds or StreamBounds()
        self._max_open = max_open
        self._clock = clock or SystemClock()
        self._open: dict[str, StreamJoin] = {}
        # Oldest first.
        self._finished: dict[str, None] = {}

    @property
    def open(self) -> int:
        """Streams that have not ended."""
        return len(self._open)

    def take(self, message: ReceivedMessage) -> bool:
        """Takes one message; False when it is no stream event, so that somebody else may take it.

        Raises:
            RemoteError: `busy` when a new stream would be one too many.
        """
        event = read_stream_event(message.payload) if message.kind == "stream" else None
        if event is None:
            return False
        key = stream_key(message, event.stream_id)
        if key not in self._finished:
            (self._open.get(key) or self._begin(key, message, event)).take(event)
        return True

    def close(self) -> None:
        """Fails every open stream with `connection_closed`."""
        for join in list(self._open.values()):
            join.fail(TransportError("connection_closed", "the receiver was closed"))

    def _begin(self, key: str, message: ReceivedMessage, event: StreamEvent) -> StreamJoin:
        if len(self._open) >= self._max_open:
            raise RemoteError("busy", f"{self._max_open} streams are open already")
        join = StreamJoin(self._bounds, self._clock, lambda: self._finish(key))
        self._open[key] = join
        self._on_stream(ReceivedStream(event.stream_id, message, join.feed))
        return join

    def _finish(self, key: str) -> None:
        self._open.pop(key, None)
        self._finished[key] = None
        if len(self._finished) > limits.STREAM_FINISHED_MAX_ENTRIES:
            del self._finished[next(iter(self._finished))]
