"""Everybody on the test's network."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from agentnet import AgentNode, HandlerContext, ReceivedMessage
from agentnet_protocol import limits, subjects

from .message_builder import a_message, unique_name
from .raw_client import Frame, Noted, RawClient, raw_client
from .raw_peer import RawPeer, raw_peer

Handle: TypeAlias = Callable[[ReceivedMessage, HandlerContext], Awaitable[object] | object]

DEFAULT_RATE: dict[str, Any] = {
    "rate_limit_per_sender_per_sec": limits.RATE_LIMIT_PER_SECOND,
    "rate_limit_burst": limits.RATE_LIMIT_BURST,
}


@dataclass(frozen=True)
class PeerUnderTest:
    """A started agent of this SDK."""

    node: AgentNode
    handled: Noted[ReceivedMessage]
    """The messages its handler got, in order."""

    @property
    def account_id(self) -> str:
        return self.node.account_id

    @property
    def inbox(self) -> str:
        return subjects.account_inbox(self.node.account_id)


@dataclass(frozen=True)
class GuardedPair:
    """A raw sender and an agent under test."""

    sender: RawPeer
    peer: PeerUnderTest

    def message(self, **fields: Any) -> dict[str, Any]:
        return a_message(**{"sender": self.sender.account_id, "to": self.peer.account_id, **fields})

    async def publish(self, *bodies: dict[str, Any] | str) -> None:
        for body in bodies:
            await self.sender.client.publish(self.peer.inbox, body)

    async def settle(self, message: dict[str, Any]) -> dict[str, Any]:
        """Publishes and waits for the receipt that ends the message's work."""
        await self.publish(message)
        return await self.sender.final_receipt(message)

    async def code_of(self, message: dict[str, Any]) -> str:
        """Publishes; how the work ends: `ok` or the code of the refusal."""
        return code_of(await self.settle(message))

    async def ask(self, message: dict[str, Any] | str) -> Frame:
        return await self.sender.client.request(self.peer.inbox, message)


def code_of(receipt: dict[str, Any]) -> str:
    return str(receipt.get("code", "no code")) if receipt["status"] == "rejected" else "ok"


class Network:
    """Agents and raw peers of one test; they leave when it ends."""

    def __init__(self, nats_url: str, client: RawClient, stack: AsyncExitStack) -> None:
        self.nats_url = nats_url
        self.client = client
        self._stack = stack

    async def peer(self, handle: Handle | None = None, **options: Any) -> PeerUnderTest:
        """An agent with a handler, and without a rate limit unless options say otherwise."""
        handled: Noted[ReceivedMessage] = Noted()
        settings = {"rate_limit_per_sender_per_sec": float("inf"), "on_error": lambda error: None, **options}
        node = AgentNode(settings.pop("agent_id", unique_name("peer")), nats_url=self.nats_url, **settings)

        @node.on_message
        async def take(message: ReceivedMessage, context: HandlerContext) -> None:
            await handled.note(message)
            result = handle(message, context) if handle else None
            if inspect.isawaitable(result):
                await result

        await self._stack.enter_async_context(node)
        return PeerUnderTest(node, handled)

    async def raw_peer(self) -> RawPeer:
        return await raw_peer(self.client)

    async def pair(self, handle: Handle | None = None, **options: Any) -> GuardedPair:
        return GuardedPair(await self.raw_peer(), await self.peer(handle, **options))


@asynccontextmanager
async def open_network(nats_url: str) -> AsyncIterator[Network]:
    async with raw_client(nats_url) as client, AsyncExitStack() as stack:
        yield Network(nats_url, client, stack)
