"""Joining the events of one stream, in whatever order they come, into the text a reader sees."""

from collections.abc import Callable
from dataclasses import dataclass

from agentnet_protocol import limits

from ..clock import Clock
from ..errors import AgentNetError, RemoteError, TransportError, ValidationError
from .delta_order import DeltaOrder
from .stream_event import StreamEvent
from .text_feed import TextFeed


@dataclass(frozen=True, kw_only=True)
class StreamBounds:
    """Bounds on one stream that is joined."""

    max_bytes: int = limits.STREAM_MAX_BYTES
    """Largest text."""
    gap_wait_seconds: float = limits.STREAM_GAP_WAIT_MS / 1000
    """To wait for a missing delta or the final text."""
    idle_timeout_seconds: float = limits.STREAM_IDLE_TIMEOUT_MS / 1000
    """Silence after which the stream is given up."""


@dataclass(frozen=True)
class _Gap:
    at: int
    wait: float
    cancel: Callable[[], None]


class StreamJoin:
    """Spec: rules `stream.reassembly`, `stream.gap`, `stream.end-text`."""

    def __init__(self, bounds: StreamBounds, clock: Clock, on_over: Callable[[], object]) -> None:
        self._bounds = bounds
        self._clock = clock
        self._on_over = on_over
        self._order = DeltaOrder()
        # Place after the last delta, once the stream has ended without a final text.
        self._end: int | None = None
        self._gap: _Gap | None = None
        self.feed = TextFeed(lambda: self.fail(TransportError("cancelled", "the reader left the stream")))
        self._cancel_idle = self._expect_more()

    def take(self, event: StreamEvent) -> None:
        if self.feed.is_over:
            return
        self._cancel_idle()
        self._cancel_idle = self._expect_more()
        match event.type:
            case "stream_start":
                if event.first_seq is not None:
                    self.feed.write(self._order.begin_at(event.first_seq))
            case "stream_delta":
                self.feed.write(self._order.add(event.seq, event.delta))
            case "stream_end":
                self._finish(event)
            case "stream_error":
                detail = f"the sender ended the stream: {event.error}"
                self.fail(RemoteError("stream_failed", detail, remote_detail=event.error))
        self._review()

    def finish_with(self, text: str) -> None:
        """Ends the stream with the whole text, which wins over the deltas."""
        if self.feed.is_over:
            return
        joined = self._order.joined
        if text.startswith(joined):
            self.feed.write(text[len(joined) :])
        self.feed.end(text)
        self._release()

    def fail(self, error: AgentNetError) -> None:
        if self.feed.is_over:
            return
        self.feed.fail(error)
        self._release()

    def _finish(self, event: StreamEvent) -> None:
        if event.text is not None:
            self.finish_with(event.text)
            return
        self._end = event.seq
        if self._order.may_begin_at_one:
            self.feed.write(self._order.begin_at(1))

    def _review(self) -> None:
        """Ends, fails or waits, as what is there allows."""
        if self.feed.is_over:
            return
        order, maximum = self._order, self._bounds.max_bytes
        if order.bytes > maximum:
            self.fail(ValidationError("stream_too_large", f"the stream has more than {maximum} bytes"))
        elif order.waiting > limits.STREAM_MAX_PENDING:
            self.fail(_missing())
        elif self._end is not None and order.is_complete_until(self._end):
            self.finish_with(order.joined)
        elif order.waiting > 0 or self._end is not None:
            self._await_missing(order.released)
        else:
            self._close_gap()

    def _await_missing(self, at: int) -> None:
        """Every step forward gives the next missing delta its full time."""
        wait = self._bounds.gap_wait_seconds
        if self._order.may_begin_at_one:
            wait = min(limits.STREAM_FIRST_WAIT_MS / 1000, wait)
        if self._gap and (self._gap.at, self._gap.wait) == (at, wait):
            return
        self._close_gap()
        self._gap = _Gap(at, wait, self._clock.after(wait, self._miss))

    def _miss(self) -> None:
        self._gap = None
        if self._order.may_begin_at_one:
            self.feed.write(self._order.begin_at(1))
            self._review()
        else:
            self.fail(_missing())

    def _close_gap(self) -> None:
        if self._gap:
            self._gap.cancel()
            self._gap = None

    def _expect_more(self) -> Callable[[], None]:
        seconds = self._bounds.idle_timeout_seconds
        error = TransportError("stream_timeout", f"nothing of the stream arrived for {seconds:g} s")
        return self._clock.after(seconds, lambda: self.fail(error))

    def _release(self) -> None:
        self._cancel_idle()
        self._close_gap()
        self._on_over()


def _missing() -> AgentNetError:
    return TransportError("stream_gap", "deltas of the stream are missing and no final text arrived in time")
