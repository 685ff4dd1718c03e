"""Taking a message for this session, so that no other session of the account handles a copy of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .incoming import Incoming
from .limits_per_sender import sender_of
from .outcomes import REUSED_KEY, Outcome, payload_digest
from .refusal import DUPLICATE_KEY, Refusal, refusal_of
from .shared_outcomes import Claim, Elsewhere

if TYPE_CHECKING:
    from .inbox import Inbox

_DUPLICATE_ID = refusal_of("duplicate")


def name_to_claim(incoming: Incoming, inbox: Inbox) -> str | None:
    """Under which name the account's sessions share the message; None when they do not."""
    # The events of a stream are told apart by their place in it, and waiting for a claim would disturb their order.
    return None if inbox.shared is None or incoming.event else inbox.shared.name_of(incoming.message)


async def claim_for(name: str, incoming: Incoming, outcome: Outcome, inbox: Inbox) -> Refusal | None:
    """A refusal when another session of the account has the message."""
    if inbox.shared is None:
        return None
    result = await inbox.shared.claim(name, incoming)
    if isinstance(result, Claim):
        outcome.claim = result
    if not isinstance(result, Elsewhere):
        return None
    # A token was taken, and copies attached, before this turned out to be a copy itself.
    inbox.outcomes.release(outcome)
    inbox.rates.give_back(sender_of(incoming.message))
    copies, outcome.waiting = outcome.waiting, []
    for copy in copies:
        if copy.reply_to is not None:
            inbox.share_later(copy, result)
    return _repetition_of(incoming, result)


async def repetition_elsewhere(incoming: Incoming, refusal: Refusal, inbox: Inbox) -> Refusal | None:
    """What finds no turn here may be a copy of what another session handles; its sender must not be told to try
    again."""
    if refusal.code not in ("rate_limited", "busy") or inbox.shared is None:
        return None
    name = inbox.shared.name_of(incoming.message)
    elsewhere = None if name is None else await inbox.shared.find(name)
    return None if elsewhere is None else _repetition_of(incoming, elsewhere)


def _repetition_of(incoming: Incoming, elsewhere: Elsewhere) -> Refusal:
    entry, message_id = elsewhere.entry, incoming.message.message_id
    if message_id and entry["message_id"] == message_id:
        return replace(_DUPLICATE_ID, elsewhere=elsewhere)
    same = entry.get("payload_sha256") == payload_digest(incoming)
    return replace(DUPLICATE_KEY, elsewhere=elsewhere) if same else REUSED_KEY
