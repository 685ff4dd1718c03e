"""All that generated code knows of the network."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class TransportMessage:
    """One message as it came from the network."""

    subject: str
    body: bytes
    reply: str = ""
    """Where the sender wants the answer; empty when it wants none."""


class TransportSubscription(Protocol):
    """What `Transport.subscribe` returns."""

    async def unsubscribe(self) -> None:
        """Ends at once; messages not yet delivered are lost."""

    async def drain(self) -> None:
        """Takes no new messages, and returns when those under way have been delivered."""


class Transport(Protocol):
    """Three calls; cancelling the task that waits ends the wait."""

    async def request(self, subject: str, body: bytes, *, timeout_ms: int) -> bytes:
        """Returns the body of the first answer. Raises after `timeout_ms`, or when nobody listens."""
        ...

    async def publish(self, subject: str, body: bytes, *, reply: str = "") -> None:
        """Sends one message."""

    async def subscribe(
        self, subject: str, on_message: Callable[[TransportMessage], Awaitable[None]], *, queue: str = ""
    ) -> TransportSubscription:
        """Hears what is sent to `subject`. With `queue`, each message goes to one member of that group."""
        ...
