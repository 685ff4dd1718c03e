"""What an agent says of one request, in its order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agentnet_protocol import subjects

from .message_builder import a_message, unique_name
from .raw_client import Frame, Noted, RawClient


@dataclass(frozen=True)
class Overheard:
    """Receipts and answers, by one subscription: so in the order in which the server had them. Made by `overhear`."""

    replies_to: str
    """Where the answers are wanted."""
    heard: Noted[Frame]

    def frames(self, message: dict[str, Any]) -> list[Frame]:
        """The receipts of the message, and what came to the reply subject."""
        return [
            frame
            for frame in self.heard.items
            if frame.subject == self.replies_to or frame.json["message_id"] == message["message_id"]
        ]

    def words(self, message: dict[str, Any]) -> list[str]:
        """Receipts by status, answers by kind and what they say in place of receipts."""
        return [word_of(frame) for frame in self.frames(message)]


async def overhear(client: RawClient, account_id: str) -> Overheard:
    """Listens for what is said to one account."""
    replies_to, heard = subjects.reply_inbox("asker", unique_name("token")), Noted[Frame]()

    async def note(frame: Frame) -> None:
        # What JetStream hands to the registry has the same subject, and a reply subject.
        if frame.subject in (replies_to, subjects.account_receipts(account_id)) and not frame.reply:
            await heard.note(frame)

    await client.subscribe(">", on_frame=note)
    return Overheard(replies_to, heard)


async def settled(overheard: Overheard, publish: Callable[[dict[str, Any]], Awaitable[object]], sender: str) -> None:
    """Returns when everything that was said in the turn of the last final word has come: a message after it is handled
    last."""
    await overheard.heard.next(_is_final)
    fence = a_message(sender=sender)
    await publish(fence)
    await overheard.heard.next(
        lambda frame: frame.json["message_id"] == fence["message_id"] and frame.json["status"] == "processed"
    )


def word_of(frame: Frame) -> str:
    body = frame.json
    return str(body["status"]) if "status" in body else f"{body['kind']} {body.get('parent_status', '')}".strip()


def _is_final(frame: Frame) -> bool:
    return word_of(frame) in ("processed", "rejected", "reply processed")
