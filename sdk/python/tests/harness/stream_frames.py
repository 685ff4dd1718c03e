"""Streams as they are on the wire."""

from collections.abc import Callable
from typing import Any

from agentnet_protocol import subjects

from .network import Network
from .raw_client import Frame
from .raw_peer import RawPeer


def payload_of(frame: Frame) -> dict[str, Any]:
    return dict(frame.json["payload"])


def is_end(frame: Frame) -> bool:
    """Whether the frame ends a stream."""
    return payload_of(frame)["type"] in ("stream_end", "stream_error")


def delta(stream_id: str, seq: int, text: str | None = None) -> dict[str, Any]:
    """A delta as the protocol's first version writes it."""
    return {"type": "stream_delta", "stream_id": stream_id, "delta": f"<{seq}>" if text is None else text, "seq": seq}


async def acknowledging_peer(
    network: Network, receipt_for: Callable[[dict[str, Any]], dict[str, Any]] = lambda message: {}
) -> RawPeer:
    """Answers each message of its inbox with a receipt: accepted, unless `receipt_for` says otherwise."""
    peer = await network.raw_peer()

    async def acknowledge(frame: Frame) -> None:
        await peer.acknowledge(frame.json, **receipt_for(frame.json))

    await network.client.subscribe(subjects.account_inbox(peer.account_id), on_frame=acknowledge)
    return peer
