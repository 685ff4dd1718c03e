"""What the copies of a message get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentnet_protocol import RawJson, limits

from ..identity.raw_member import raw_member
from ..outbox.reply import reply, reply_with_error
from ..received_message import ReceivedMessage
from .refusal import DUPLICATE_KEY, Refusal, refusal_of

if TYPE_CHECKING:
    from .inbox import Inbox
    from .outcomes import Outcome

_DUPLICATE_ID = refusal_of("duplicate")


async def share_outcome(copy: ReceivedMessage, earlier: Outcome, inbox: Inbox) -> bool:
    """Gives a copy what the first one got, now or when it has ended; False when there is nothing to give."""
    if earlier.is_processed:
        return await answer_again(copy, payload_text(earlier.reply), inbox)
    # A copy with the first one's id and no reply subject hears its receipts anyway.
    if copy.reply_to is None and copy.message_id == earlier.message_id:
        return True
    if len(earlier.waiting) >= limits.ATTACHED_RETRIES_MAX:
        return False
    earlier.waiting.append(copy)
    return True


async def settle_copies(outcome: Outcome, inbox: Inbox) -> None:
    """The first copy was handled: those that waited get its reply."""
    waiting, outcome.waiting = outcome.waiting, []
    payload = payload_text(outcome.reply) if waiting else None
    for copy in waiting:
        if copy.reply_to is None or await answer_again(copy, payload, inbox):
            continue
        refusal = _DUPLICATE_ID if copy.message_id == outcome.message_id else DUPLICATE_KEY
        await inbox.receipts.tell(reply_with_error(inbox.replier, copy, code=refusal.code, detail=refusal.detail))


async def fail_copies(outcome: Outcome, refusal: Refusal, inbox: Inbox) -> None:
    """The first copy failed: those that waited are told so: their first receipt said that they count as handled."""
    waiting, outcome.waiting = outcome.waiting, []
    for copy in waiting:
        if copy.message_id != outcome.message_id:
            inbox.receipts.publish(copy, "rejected", refusal)
        if copy.reply_to is not None:
            await inbox.receipts.tell(reply_with_error(inbox.replier, copy, code=refusal.code, detail=refusal.detail))


async def answer_again(copy: ReceivedMessage, payload: str | None, inbox: Inbox) -> bool:
    """Answers with a reply that was given before, digit for digit; False when there is none or nobody waits for one."""
    if payload is None or copy.reply_to is None:
        return False
    await inbox.receipts.tell(reply(inbox.replier, copy, RawJson(payload)))
    return True


def payload_text(body: bytes | None) -> str | None:
    """The payload of an encoded message, as JSON text."""
    return raw_member(body.decode("utf-8"), "payload") if body else None
