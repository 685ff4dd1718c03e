"""For each interaction of peers, the real SDK at work; what it published comes from the wire."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

from agentnet_protocol import subjects
from harness.message_builder import a_message

from .peer_interactions import PEER
from .stage import POET, WEATHER, Stage, open_stage, sent_now

_ENDS = ("stream_end", "stream_error")


async def produce_all(nats_url: str) -> dict[str, dict[str, Any]]:
    """What this SDK sends, by description."""
    produced: dict[str, dict[str, Any]] = {}
    async with open_stage(nats_url, account=POET, counterpart=WEATHER) as sender:
        for interaction in PEER["messages"]:
            produced[interaction["description"]] = await _send_like(sender, interaction["content"])
        for interaction in PEER["streams"]:
            produced[interaction["description"]] = await _stream_like(sender, interaction["content"]["payload"]["type"])
    async with open_stage(nats_url, account=WEATHER, counterpart=POET) as receiver:
        for interaction in PEER["receipts"]:
            produced[interaction["description"]] = await _receipt_like(receiver, interaction)
        for interaction in PEER["replies"]:
            produced[interaction["description"]] = await _reply_to(receiver, interaction["request"])
    return produced


async def _send_like(stage: Stage, content: dict[str, Any]) -> dict[str, Any]:
    """Sends what the example holds beyond the defaults."""
    names = ("thread_id", "trace_id", "parent_message_id", "idempotency_key", "ttl_ms")
    is_chosen = not content["thread_id"].endswith(content["message_id"])
    chosen = {name: content[name] for name in names if is_chosen}
    await stage.node.send(
        to=f"account:{stage.counterpart}",
        payload=content["payload"],
        kind=content["kind"],
        require_delivery_ack=False,
        **chosen,
    )
    return dict((await stage.inbox.next()).json)


async def _stream_like(stage: Stage, kind: str) -> dict[str, Any]:
    """Streams one piece, breaks off if the example does, and returns the frame of the example's type."""

    async def chunks() -> AsyncIterator[str]:
        yield "sun"
        if kind == "stream_error":
            raise RuntimeError("out of ink")

    options = {"stream_id": "stream_verse", "thread_id": "thread_verse", "metadata": {"verse": 1}}
    streaming = asyncio.ensure_future(
        stage.node.stream_text(to=f"account:{stage.counterpart}", chunks=chunks(), **options)
    )
    seen: list[dict[str, Any]] = []
    while not any(frame["payload"]["type"] in _ENDS for frame in seen):
        frame = (await stage.inbox.next()).json
        about = {name: frame[name] for name in ("message_id", "trace_id", "thread_id")}
        await stage.raw.publish(subjects.account_receipts(stage.node.account_id), {**about, "status": "accepted"})
        seen.append(frame)
    await asyncio.wait([streaming])
    streaming.exception()
    return next(frame for frame in seen if frame["payload"]["type"] == kind)


async def _receipt_like(stage: Stage, interaction: dict[str, Any]) -> dict[str, Any]:
    """Sends what the receipt is for and returns it."""
    fields = {name: value for name, value in interaction["sent"].items() if name != "twice"}
    message = a_message(sender=stage.counterpart, to=stage.node.account_id, **fields)
    await stage.publish(message)
    if "twice" in interaction["sent"]:
        await stage.publish(message)

    def is_wanted(receipt: dict[str, Any]) -> bool:
        said = receipt["message_id"], receipt["status"], receipt.get("code")
        return said == (message["message_id"], interaction["status"], interaction.get("code"))

    return dict((await stage.receipts.next(lambda frame: is_wanted(frame.json))).json)


async def _reply_to(stage: Stage, request: dict[str, Any]) -> dict[str, Any]:
    body = sent_now(request, message_id=uuid.uuid4().hex)
    return dict((await stage.raw.request(subjects.account_inbox(stage.node.account_id), body)).json)
