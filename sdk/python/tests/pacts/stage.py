"""An agent that echoes, and the raw hand that plays its counterpart, on a network without a real registry."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from agentnet import AgentNode, HandlerContext, ReceivedMessage
from agentnet.clock import timestamp
from agentnet_protocol import limits, subjects
from harness.raw_client import Frame, Noted, RawClient, raw_client

from .scripted_registry import REGISTERED, scripted_registry

WEATHER = "acct_weather"
POET = "acct_poet"


@dataclass(frozen=True)
class Stage:
    node: AgentNode
    counterpart: str
    """The account in the raw hand."""
    handled: Noted[ReceivedMessage]
    raw: RawClient
    inbox: Noted[Frame]
    """What the agent sends to its counterpart."""
    receipts: Noted[Frame]

    async def next_receipt(self, message: dict[str, Any], status: str) -> dict[str, Any]:
        def is_meant(frame: Frame) -> bool:
            return bool(frame.json["message_id"] == message["message_id"] and frame.json["status"] == status)

        return dict((await self.receipts.next(is_meant)).json)

    async def next_sent(self, kind: str) -> Frame:
        return await self.inbox.next(lambda frame: bool(frame.json["kind"] == kind))

    async def publish(self, message: dict[str, Any]) -> None:
        await self.raw.publish(subjects.account_inbox(self.node.account_id), message)


@asynccontextmanager
async def open_stage(nats_url: str, *, account: str = WEATHER, counterpart: str = POET) -> AsyncIterator[Stage]:
    handled: Noted[ReceivedMessage] = Noted()

    async def respond(message: ReceivedMessage, _context: HandlerContext) -> None:
        await handled.note(message)
        wish = message.payload.get("do") if isinstance(message.payload, dict) else None
        if wish == "fail":
            raise RuntimeError("out of ink")
        if message.reply_to:
            await node.reply(message, None if wish == "nothing" else {"echo": message.payload})

    node = AgentNode("weather", nats_url=nats_url, on_error=lambda error: None)
    node.on_message(respond)
    joined = {**REGISTERED, "account_id": account}
    async with scripted_registry(nats_url, "register", joined), raw_client(nats_url) as raw:
        inbox = await raw.subscribe(subjects.account_inbox(counterpart))
        receipts = await raw.subscribe(subjects.account_receipts(counterpart))
        async with node:
            yield Stage(node, counterpart, handled, raw, inbox, receipts)


def sent_now(example: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The example as if it were sent now, so that it has not expired; an `expires_at` long ago stays."""
    now = time.time()
    ttl_ms = example.get("ttl_ms") or limits.TTL_MS_DEFAULT
    is_long_ago = (example.get("expires_at") or "~") < example["sent_at"]
    times = {} if is_long_ago else {"sent_at": timestamp(now), "expires_at": timestamp(now + ttl_ms / 1000)}
    return {**example, **times, **fields}
