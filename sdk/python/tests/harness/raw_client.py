"""A NATS connection without any AgentNet code between it and the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import unquote, urlsplit

from nats.aio.client import Client
from nats.aio.msg import Msg

PATIENCE = 60.0
"""Seconds a test waits for what must come; the machine may be busy."""

Body: TypeAlias = bytes | str | dict[str, Any] | list[Any]
"""A value becomes JSON; text and bytes go as they are."""

_MOST_LOOKS = 20_000

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Frame:
    """One NATS message as it was on the wire."""

    subject: str
    reply: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The parsed body, None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Noted(Generic[_Item]):
    """What came so far, in order, and a way to wait for more."""

    def __init__(self) -> None:
        self.items: list[_Item] = []
        self._untaken: list[_Item] = []
        self._changed = asyncio.Condition()

    async def note(self, item: _Item) -> None:
        async with self._changed:
            self.items.append(item)
            self._untaken.append(item)
            self._changed.notify_all()

    async def next(self, where: Callable[[_Item], bool] = lambda item: True) -> _Item:
        """Takes the first untaken item that satisfies `where`, and leaves the others."""
        await self._until(lambda: any(where(item) for item in self._untaken))
        found = next(item for item in self._untaken if where(item))
        self._untaken = [item for item in self._untaken if item is not found]
        return found

    async def reach(self, count: int) -> None:
        """Waits until `count` items have come, taken or not."""
        await self._until(lambda: len(self.items) >= count)

    async def _until(self, is_enough: Callable[[], bool]) -> None:
        try:
            async with self._changed:
                await asyncio.wait_for(self._changed.wait_for(is_enough), PATIENCE)
        except asyncio.TimeoutError:
            raise AssertionError(f"waited in vain; untaken: {self._untaken[:3]!r:.1000}") from None


class RawClient:
    """Made by `raw_client`."""

    def __init__(self, connection: Client) -> None:
        self.connection = connection

    async def subscribe(
        self, subject: str, *, queue: str = "", on_frame: Callable[[Frame], Awaitable[None]] | None = None
    ) -> Noted[Frame]:
        """Returns once the server knows the subscription."""
        heard: Noted[Frame] = Noted()

        async def take(message: Msg) -> None:
            frame = _to_frame(message)
            await heard.note(frame)
            if on_frame:
                await on_frame(frame)

        await self.connection.subscribe(subject, queue=queue, cb=take)
        await self.flush()
        return heard

    async def publish(
        self, subject: str, body: Body, *, reply: str = "", headers: dict[str, str] | None = None
    ) -> None:
        await self.connection.publish(subject, encode(body), reply=reply, headers=headers)

    async def publish_raw(self, subject: str, body: Body, header_block: bytes) -> None:
        """Publishes with a header block as no client would write it."""
        text, head = encode(body), len(header_block)
        command = f"HPUB {subject} {head} {head + len(text)}\r\n".encode()
        await self.connection._send_command(command + header_block + text + b"\r\n")
        await self.flush()

    async def request(self, subject: str, body: Body) -> Frame:
        """The first reply as it was on the wire."""
        return _to_frame(await self.connection.request(subject, encode(body), timeout=PATIENCE))

    async def flush(self) -> None:
        """Returns when the server has everything sent so far, and this client everything the server had for it."""
        # The client's ping would overtake what it has not written yet, such as a subscription.
        await self.connection._flush_pending(force_flush=True)
        await self.connection.flush()

    async def until(self, is_enough: Callable[[], bool]) -> None:
        """Looks again after every answer of the server, so this ends."""
        for _ in range(_MOST_LOOKS):
            if is_enough():
                return
            await self.flush()
        raise AssertionError("waited in vain")


@asynccontextmanager
async def raw_client(nats_url: str) -> AsyncIterator[RawClient]:
    address = urlsplit(nats_url)
    connection = Client()
    token = unquote(address.username) if address.username else None
    await connection.connect(f"nats://{address.hostname}:{address.port}", token=token, connect_timeout=int(PATIENCE))
    try:
        yield RawClient(connection)
    finally:
        await connection.close()


def encode(body: Body) -> bytes:
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _to_frame(message: Msg) -> Frame:
    return Frame(message.subject, message.reply, bytes(message.data), message.headers or {})
