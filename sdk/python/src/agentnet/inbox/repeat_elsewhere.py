"""What a copy gets whose first one another session of the account has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..outbox.reply import reply_with_error
from ..received_message import ReceivedMessage
from .refusal import DUPLICATE_KEY, refusal_of
from .repeat import answer_again
from .shared_outcomes import Elsewhere

if TYPE_CHECKING:
    from .inbox import Inbox

_FAILED = refusal_of("handler_error")


async def share_elsewhere(copy: ReceivedMessage, elsewhere: Elsewhere, inbox: Inbox) -> None:
    """Gives a copy what another session of the account got or will get."""
    end = elsewhere.entry if elsewhere.entry["processed"] else await _end_of(elsewhere, inbox)
    payload = end.get("reply_payload") if isinstance(end, dict) else None
    if await answer_again(copy, payload, inbox):
        return
    refusal = _FAILED if end == "failed" else DUPLICATE_KEY
    await inbox.receipts.tell(reply_with_error(inbox.replier, copy, code=refusal.code, detail=refusal.detail))


async def _end_of(elsewhere: Elsewhere, inbox: Inbox) -> dict[str, Any] | str | None:
    return None if inbox.shared is None else await inbox.shared.follow(elsewhere)
