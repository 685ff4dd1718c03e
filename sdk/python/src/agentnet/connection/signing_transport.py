"""Signed calls to the registry."""

from collections.abc import Awaitable, Callable

from agentnet_protocol import MessageHeaders

from ..identity.detached_text import Place
from .link import Link
from .link_message import LinkMessage
from .link_subscription import LinkSubscription


class SigningTransport:
    """The generated `Transport`, which puts headers on everything sent, chosen by where it goes. A request gets a reply
    subject of its own, which the headers can then cover."""

    def __init__(self, link: Link, headers_for: Callable[[Place], MessageHeaders]) -> None:
        self._link = link
        self._headers_for = headers_for

    async def request(
        self, subject: str, body: bytes, *, timeout_ms: int, reply: str = "", headers: MessageHeaders | None = None
    ) -> bytes:
        place = Place(subject, body, reply or self._link.new_inbox())
        signed = {**(headers or {}), **self._headers_for(place)}
        return await self._link.request(subject, body, timeout_ms=timeout_ms, reply=place.reply, headers=signed)

    async def publish(
        self, subject: str, body: bytes, *, reply: str = "", headers: MessageHeaders | None = None
    ) -> None:
        signed = {**(headers or {}), **self._headers_for(Place(subject, body, reply))}
        await self._link.publish(subject, body, reply=reply, headers=signed)

    async def subscribe(
        self, subject: str, on_message: Callable[[LinkMessage], Awaitable[None]], *, queue: str = ""
    ) -> LinkSubscription:
        return await self._link.subscribe(subject, on_message, queue=queue)
