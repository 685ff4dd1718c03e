"""All that generated code knows of the network."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

MessageHeaders: TypeAlias = Mapping[str, str]
"""Headers beside a body, by exact name; a name that came more than once has its values joined by `, `."""


@dataclass(frozen=True)
class TransportMessage:
    """One message as it came from the network."""

    subject: str
    body: bytes
    reply: str = ""
    """Where the sender wants the answer; empty when it wants none."""
    headers: MessageHeaders | None = None
    """None when there are none, when they cannot be read, and when they are longer than `limits.HEADERS_MAX_BYTES`."""


class TransportSubscription(Protocol):
    """What `Transport.subscribe` returns."""

    async def unsubscribe(self) -> None:
        """Ends at once; messages not yet delivered are lost."""

    async def drain(self) -> None:
        """Takes no new messages, and returns when those under way have been delivered."""


class Transport(Protocol):
    """Three calls; cancelling the task that waits ends the wait."""

    async def request(
        self, subject: str, body: bytes, *, timeout_ms: int, reply: str = "", headers: MessageHeaders | None = None
    ) -> bytes:
        """Returns the body of the first answer. Raises after `timeout_ms`, or when nobody listens.

        `reply`: where the answer is to go, for a signature that covers it. Default: what the transport chooses.
        """
        ...

    async def publish(
        self, subject: str, body: bytes, *, reply: str = "", headers: MessageHeaders | None = None
    ) -> None:
        """Sends one message."""

    async def subscribe(
        self, subject: str, on_message: Callable[[TransportMessage], Awaitable[None]], *, queue: str = ""
    ) -> TransportSubscription:
        """Hears what is sent to `subject`. With `queue`, each message goes to one member of that group."""
        ...
