"""nats-py, with the few things done at once that it leaves to tasks of its own."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from agentnet_protocol import MessageHeaders
from nats import errors as nats_errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from .message_headers import HEADERS_BEGIN, read_headers

_LINE_END = b"\r\n"
_UNFIT_FOR_SUBJECTS = re.compile(r"\s")
_LINE_ENDS = str.maketrans("\r\n", "  ")

_RIDE_SECONDS = 0.005
"""Many times what a reply takes to be asked for again, and too short for anybody to see."""

CROWDED_BYTES = 65_536
"""More waiting bytes than this are written at once, and their sender waits while the server does not read."""


class NatsClient(Client):
    """By itself, nats-py keeps only the last of several headers of one name, ends its read loop, deaf for ever, at a
    header block that is none, and writes to its socket in a task that it wakes for each message. It also goes on in
    clear text, token included, where the server of a `tls://` URL offers no TLS."""

    demands_tls = False

    def __init__(self) -> None:
        super().__init__()
        self._posted: list[bytes] = []
        self._posted_bytes = 0
        self._is_due = False
        # Who hears that what rides was dropped.
        self._riders: list[Callable[[], object]] = []
        self._riding: asyncio.TimerHandle | None = None

    @property
    def takes_headers(self) -> bool:
        """Whether the server passes headers on; one that does not ends the connection over them."""
        return bool(self._server_info.get("headers"))

    @property
    def is_crowded(self) -> bool:
        return self._posted_bytes > CROWDED_BYTES

    def post(
        self,
        subject: str,
        body: bytes,
        *,
        reply: str = "",
        headers: MessageHeaders | None = None,
        at_once: bool = False,
    ) -> None:
        """As `publish`, without waiting. What is posted while one piece of code runs leaves in one write: a receipt, a
        reply and a second receipt would be three, each as costly as the rest of the work on a message.

        Raises:
            nats.errors.Error: The connection is down, the body too large, the subject unfit.
        """
        self._wait(subject, body, reply=reply, headers=headers)
        if at_once:
            self.write_posted()
        elif not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self.write_posted)

    def ride(
        self, subject: str, body: bytes, *, headers: MessageHeaders | None = None, on_dropped: Callable[[], object]
    ) -> None:
        """For what nobody waits for: it leaves with whatever is written next, and after a few milliseconds by itself. A
        write of its own would cost this process, the server and the receiver more than all else they do with it.

        Args:
            on_dropped: Hears that the connection was lost meanwhile.

        Raises:
            nats.errors.Error: as `post`
        """
        self._wait(subject, body, headers=headers)
        self._riders.append(on_dropped)
        if self.is_crowded:
            self.write_posted()
        elif not self._is_due and self._riding is None:
            self._riding = asyncio.get_running_loop().call_later(_RIDE_SECONDS, self.write_posted)

    def _wait(self, subject: str, body: bytes, *, reply: str = "", headers: MessageHeaders | None) -> None:
        if not self.is_connected:
            raise nats_errors.ConnectionClosedError
        head = _header_block(headers)
        if len(head) + len(body) > self.max_payload:
            # The server counts the headers, too, and ends the connection.
            raise nats_errors.MaxPayloadError
        if not subject or _UNFIT_FOR_SUBJECTS.search(subject) or _UNFIT_FOR_SUBJECTS.search(reply):
            raise nats_errors.BadSubjectError
        command = _command(subject, reply, head, body)
        self._posted.append(command)
        self._posted_bytes += len(command)

    def write_posted(self) -> None:
        """Writes what waits, after what the client itself has not written yet. What a lost connection could only
        deliver later is dropped."""
        posted, self._posted, self._posted_bytes = self._posted, [], 0
        riders, self._riders = self._riders, []
        self._is_due = False
        if self._riding:
            self._riding.cancel()
            self._riding = None
        transport = self._transport
        if transport is None or not self.is_connected:
            for drop in riders:
                drop()
            return
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


class AtOnce(asyncio.Future[Msg]):
    """Given to the client as the future of a subscription. The client sets it for each message as it comes off the
    socket, where a callback's messages would wait for a task of their own."""

    def __init__(self, deliver: Callable[[Msg], None]) -> None:
        """`deliver` never raises: that would end the client's read loop."""
        super().__init__()
        self._deliver = deliver

    def set_result(self, message: Msg) -> None:
        self._deliver(message)


def _header_block(headers: MessageHeaders | None) -> bytes:
    if not headers:
        return b""
    lines = "".join(f"{name}: {value.strip().translate(_LINE_ENDS)}\r\n" for name, value in headers.items())
    return HEADERS_BEGIN + lines.encode() + _LINE_END


def _command(subject: str, reply: str, head: bytes, body: bytes) -> bytes:
    if not head:
        return f"PUB {subject} {reply} {len(body)}\r\n".encode() + body + _LINE_END
    return f"HPUB {subject} {reply} {len(head)} {len(head) + len(body)}\r\n".encode() + head + body + _LINE_END
