"""nats-py, with the few things done at once that it leaves to tasks of its own."""

import asyncio
from collections.abc import Callable
from typing import Any

from nats import errors as nats_errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from .message_headers import read_headers
from .outgoing import Outgoing, command_for
from .write_queue import LateEntry, WriteQueue, drop, written


class NatsClient(Client):
    """By itself, nats-py keeps only the last of several headers of one name, ends its read loop, deaf for ever, at a
    header block that is none, and writes to its socket in a task that it wakes for each message. It also goes on in
    clear text, token included, where the server of a `tls://` URL offers no TLS."""

    demands_tls = False

    def __init__(self) -> None:
        super().__init__()
        self._queue = WriteQueue(self.write_posted)

    @property
    def takes_headers(self) -> bool:
        """Whether the server passes headers on; one that does not ends the connection over them."""
        return bool(self._server_info.get("headers"))

    @property
    def is_crowded(self) -> bool:
        return self._queue.is_crowded

    def post(self, message: Outgoing, *, at_once: bool = False) -> None:
        """As `publish`, without waiting. What is posted while one piece of code runs leaves in one write.

        Raises:
            nats.errors.Error: The connection is down, the body too large, the subject unfit.
        """
        command = self._checked(message)
        self._queue.post(command, len(command))
        if at_once:
            self.write_posted()

    def ride(self, message: Outgoing, on_dropped: Callable[[], object]) -> None:
        """For what nobody waits for: it leaves with whatever is written next, and after a few milliseconds by itself.

        Args:
            message: What is published.
            on_dropped: Hears that the connection was lost meanwhile.

        Raises:
            nats.errors.Error: as `post`
        """
        self._queue.ride(self._checked(message), on_dropped)

    def post_late(self, late: LateEntry, size: int, *, gives_way: bool) -> None:
        """As `post`, for about `size` bytes that are known when they are written.

        Raises:
            nats.errors.Error: The connection is down.
        """
        self._require_connected()
        self._queue.post(late, size, gives_way=gives_way)

    def command_for(self, message: Outgoing) -> bytes:
        """The text that the server is told.

        Raises:
            nats.errors.Error: The body is too large, the subject unfit.
        """
        sendable = message if self.takes_headers or not message.headers else message._replace(headers=None)
        return command_for(sendable, self.max_payload)

    def write_posted(self) -> None:
        """Writes what waits, after what the client itself has not written yet. What a lost connection could only
        deliver later is dropped."""
        entries = self._queue.take()
        transport = self._transport
        if transport is None or not self.is_connected:
            drop(entries)
            return
        posted = written(entries)
        pending, self._pending = self._pending, []
        self._pending_data_size = 0
        if pending or posted:
            transport.writelines([*pending, *posted])

    async def write_crowd(self) -> None:
        """Writes what waits, and waits while the server does not read."""
        self.write_posted()
        if self._transport is not None:
            await self._transport.drain()  # type: ignore[no-untyped-call]

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if self.demands_tls and info.get("tls_available"):
            info["tls_required"] = True
        if self.demands_tls and initial_connection and not info.get("tls_required"):
            raise ConnectionRefusedError("the server has no TLS, which tls:// asks for")
        await super()._process_info(info, initial_connection)

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        return read_headers(bytes(headers)) if headers else None

    def _checked(self, message: Outgoing) -> bytes:
        self._require_connected()
        return self.command_for(message)

    def _require_connected(self) -> None:
        if not self.is_connected:
            raise nats_errors.ConnectionClosedError


class AtOnce(asyncio.Future[Msg]):
    """Given to the client as the future of a subscription. The client sets it for each message as it comes off the
    socket, where a callback's messages would wait for a task of their own."""

    def __init__(self, deliver: Callable[[Msg], None]) -> None:
        """`deliver` never raises: that would end the client's read loop."""
        super().__init__()
        self._deliver = deliver

    def set_result(self, message: Msg) -> None:
        self._deliver(message)
