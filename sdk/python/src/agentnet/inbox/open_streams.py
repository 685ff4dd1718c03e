"""Which streams each sender has open: only their events have a rate limit of their own."""

import json

from agentnet_protocol import limits

from ..clock import Clock
from ..received_message import ReceivedMessage
from ..streams.stream_event import StreamEvent
from .limits_per_sender import sender_of

_IDLE_SECONDS = limits.STREAM_IDLE_TIMEOUT_MS / 1000


class OpenStreams:
    """Spec: rule `stream.limit`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # When something of each open stream came last, by sender; senders in the order of their last start.
        self._heard_at: dict[str, dict[str, float]] = {}

    def is_part_of_one(self, message: ReceivedMessage, event: StreamEvent) -> bool:
        """Whether `event` continues a stream that was opened before."""
        heard_at = self._heard_at.get(sender_of(message), {}).get(_name_of(message, event))
        return event.type != "stream_start" and heard_at is not None and not self._is_idle(heard_at)

    def note(self, message: ReceivedMessage, event: StreamEvent) -> None:
        """Takes note of an accepted event."""
        sender, name = sender_of(message), _name_of(message, event)
        if event.type == "stream_start":
            self._open(sender, name)
        elif event.type == "stream_delta":
            streams = self._heard_at.get(sender)
            if streams and name in streams:
                streams[name] = self._clock.elapsed()
        else:
            self._close(sender, name)

    def _open(self, sender: str, name: str) -> None:
        known = self._heard_at.pop(sender, {})
        streams = {other: heard_at for other, heard_at in known.items() if not self._is_idle(heard_at)}
        if len(streams) < limits.STREAM_MAX_OPEN:
            streams[name] = self._clock.elapsed()
        self._heard_at[sender] = streams
        if len(self._heard_at) > limits.SENDER_MAX_ENTRIES:
            del self._heard_at[next(iter(self._heard_at))]

    def _close(self, sender: str, name: str) -> None:
        streams = self._heard_at.get(sender, {})
        streams.pop(name, None)
        if not streams:
            self._heard_at.pop(sender, None)

    def _is_idle(self, heard_at: float) -> bool:
        return self._clock.elapsed() - heard_at >= _IDLE_SECONDS


def _name_of(message: ReceivedMessage, event: StreamEvent) -> str:
    return json.dumps([message.thread_id, event.stream_id])
