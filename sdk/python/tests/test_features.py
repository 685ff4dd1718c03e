"""What an agent asks its registry for, and does with what that has."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agentnet import AgentNode
from agentnet_protocol import limits, operations, subjects
from harness.processes import nats_server
from harness.raw_client import PATIENCE, Frame, Noted, raw_client

RECEIVER = "acct_raw"
REGISTERED = {
    "account_id": "acct_asker",
    "username": "asker",
    "session_tag": "registry_01K5V2N7C5E9S1V4B6D8F0GHJK",
    "heartbeat_interval": limits.HEARTBEAT_INTERVAL_MIN_SECONDS,
    "ttl_seconds": 40,
    "registered_at": "2026-02-21T08:00:00Z",
}


async def what_is_sent(node: AgentNode, inbox: Noted[Frame]) -> list[Any]:
    """What a request, a request for a stream and a message that waits for no reply say of their receipts."""
    asking = asyncio.ensure_future(node.request(to=RECEIVER, payload=1, timeout=PATIENCE))
    bodies = [(await inbox.next()).json]
    asking.cancel()
    async with node.ask_stream(to=RECEIVER, payload=1):
        bodies.append((await inbox.next()).json)
    await node.send(to=RECEIVER, payload=1, require_delivery_ack=False)
    bodies.append((await inbox.next()).json)
    return [body.get("receipts") for body in bodies]


@pytest.mark.parametrize(
    ("features", "receipts"),
    [
        ({}, None),
        ({"features": []}, None),
        ({"features": ["telepathy"]}, None),
        ({"features": ["telepathy", "receipts_with_reply"]}, "with_reply"),
    ],
)
async def test_given_what_a_registry_has_when_an_agent_asks_then_its_requests_want_receipts_with_the_reply_only_there(
    tmp_path: Path, features: dict[str, Any], receipts: str | None
) -> None:
    """identity.register.features, receipt.with-reply.feature"""
    with nats_server(tmp_path) as nats_url:
        async with raw_client(nats_url) as raw:

            async def register(frame: Frame) -> None:
                await raw.publish(frame.reply, {**REGISTERED, **features})

            registrations = await raw.subscribe(operations["register"].subject, on_frame=register)
            inbox = await raw.subscribe(subjects.account_inbox(RECEIVER))
            async with AgentNode("asker", nats_url=nats_url, on_error=lambda error: None) as node:
                assert await what_is_sent(node, inbox) == [receipts, receipts, None]
            assert [frame.json["features"] for frame in registrations.items] == [["receipts_with_reply"]]
