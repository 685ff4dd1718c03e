"""What streams are received with."""

from collections.abc import Awaitable, Callable

from agentnet_protocol import limits

from ..clock import Clock
from ..streams.stream_key import stream_key
from .incoming import Incoming
from .limits_per_sender import RateLimiter
from .open_streams import OpenStreams
from .stream_lanes import StreamLanes


class StreamIntake:
    """Lanes and limits of their own."""

    def __init__(self, clock: Clock, *, max_concurrency: int, work: Callable[[Incoming], Awaitable[None]]) -> None:
        self.open = OpenStreams(clock)
        self.lanes = StreamLanes(max_pending=limits.STREAM_MAX_PENDING, max_concurrency=max_concurrency, work=work)
        self.rates = RateLimiter(limits.STREAM_RATE_LIMIT_PER_SECOND, limits.STREAM_RATE_LIMIT_BURST, clock)

    def push(self, incoming: Incoming) -> bool:
        """Takes an accepted event into its stream's lane; False when the message is no event."""
        event = incoming.event
        if event is None:
            return False
        self.open.note(incoming.message, event)
        self.lanes.push(stream_key(incoming.message, event.stream_id), incoming)
        return True
