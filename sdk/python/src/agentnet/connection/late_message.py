"""A message that is made when it leaves."""

from collections.abc import Callable
from typing import Protocol

from ..errors import AgentNetError
from .nats_client import NatsClient
from .outgoing import Outgoing
from .to_agentnet_error import to_agentnet_error


class LateMessage(Protocol):
    """Knows what it says only when the queue is handed to NATS."""

    def make(self) -> Outgoing | None:
        """None when there is nothing to be said after all."""

    def drop(self) -> object:
        """Hears instead of `make` that the connection was lost before."""


class MadeWhenWritten:
    """A late message in the write queue."""

    def __init__(self, message: LateMessage, client: NatsClient, on_error: Callable[[AgentNetError], object]) -> None:
        self._message = message
        self._client = client
        self._on_error = on_error

    def write(self) -> bytes:
        try:
            message = self._message.make()
            return b"" if message is None else self._client.command_for(message)
        except Exception as cause:  # What else is written must not be lost with it.
            self._on_error(to_agentnet_error(cause))
            return b""

    def drop(self) -> object:
        return self._message.drop()
