"""The other end of the wire in consumer tests."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from agentnet_protocol import headers, operations
from harness.raw_client import raw_client
from nats.aio.msg import Msg

REGISTERED = {
    "account_id": "acct_weather",
    "username": "weather",
    "session_tag": "registry_01K5V2N7C5E9S1V4B6D8F0GHJK",
    "heartbeat_interval": 12,
    "ttl_seconds": 40,
    "registered_at": "2026-02-21T08:00:00Z",
    "signing": {"schemes": ["dev-ed25519-v1", "ed25519-v2"]},
}


@dataclass(frozen=True)
class HeardCall:
    body: dict[str, Any]
    is_sealed: bool
    """Whether a header signs it."""


@asynccontextmanager
async def scripted_registry(nats_url: str, operation: str, reply: Any) -> AsyncIterator[list[HeardCall]]:
    """Answers `operation` with `reply`; the list fills with what was asked of it."""
    heard: list[HeardCall] = []
    names = {facts.subject: name for name, facts in operations.items() if facts.role == "rpc"}

    async def answer(message: Msg) -> None:
        name = names[message.subject]
        if name == operation:
            heard.append(HeardCall(json.loads(message.data), headers.SIGNATURE in (message.headers or {})))
        if message.reply and name in ("register", operation):
            await message.respond(json.dumps(reply if name == operation else REGISTERED).encode())

    async with raw_client(nats_url) as client:
        for subject in names:
            await client.connection.subscribe(subject, cb=answer)
        await client.flush()
        yield heard
