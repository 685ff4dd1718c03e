"""An account whose inbox and receipts the test holds in its own hands."""

import time
from dataclasses import dataclass
from typing import Any

from agentnet.clock import timestamp
from agentnet_protocol import operations, subjects

from .message_builder import unique_name
from .raw_client import Frame, Noted, RawClient


@dataclass(frozen=True)
class RawPeer:
    """Answers nothing by itself. Made by `raw_peer`."""

    client: RawClient
    account_id: str
    username: str
    inbox: Noted[Frame]
    receipts: Noted[Frame]

    async def acknowledge(self, message: dict[str, Any], **fields: Any) -> None:
        """Sends a receipt about a message to its sender; fields given override."""
        receipt = {
            "message_id": message["message_id"],
            "status": "accepted",
            "event_at": timestamp(time.time()),
            "from_account_id": self.account_id,
            "to_account_id": message["from_account_id"],
            "trace_id": message["trace_id"],
            "thread_id": message["thread_id"],
        }
        await self.client.publish(subjects.account_receipts(message["from_account_id"]), receipt | fields)

    async def next_receipt(self, message: dict[str, Any], *statuses: str) -> dict[str, Any]:
        """The next receipt about a message, of those statuses if any are named."""

        def is_meant(frame: Frame) -> bool:
            receipt = frame.json
            return receipt["message_id"] == message["message_id"] and (not statuses or receipt["status"] in statuses)

        return dict((await self.receipts.next(is_meant)).json)

    async def final_receipt(self, message: dict[str, Any]) -> dict[str, Any]:
        """The receipt that ends the work on a message."""
        return await self.next_receipt(message, "processed", "rejected")


async def raw_peer(client: RawClient, registration: dict[str, Any] | None = None) -> RawPeer:
    """Registers an account, subscribed to its subjects."""
    asked = registration or {"agent_id": unique_name("raw")}
    reply = (await client.request(operations["register"].subject, asked)).json
    assert "error" not in reply, reply
    account_id = reply["account_id"]
    return RawPeer(
        client=client,
        account_id=account_id,
        username=reply["username"],
        inbox=await client.subscribe(subjects.account_inbox(account_id)),
        receipts=await client.subscribe(subjects.account_receipts(account_id)),
    )
