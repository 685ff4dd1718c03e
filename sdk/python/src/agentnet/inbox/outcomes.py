"""What was accepted and has not failed since."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from agentnet_protocol import limits

from ..clock import Clock
from ..identity.raw_member import raw_member
from ..received_message import ReceivedMessage
from .incoming import Incoming
from .refusal import DUPLICATE_KEY, Refusal, refusal_of

if TYPE_CHECKING:
    from .held_report import HeldReport
    from .shared_outcomes import Claim

_Name: TypeAlias = tuple[str, str]
"""Whose, and which."""


@dataclass(eq=False, kw_only=True)
class Outcome:
    """What becomes of one accepted message, for the copies of it that come later."""

    expires_at: float
    id: _Name | None
    """The sender's id and key, as the memory names them."""
    key: _Name | None
    message_id: str
    payload: str | None
    """Digest of the payload's text; only with a key."""
    is_processed: bool = False
    reply: bytes | None = None
    """The reply as it went out."""
    waiting: list[ReceivedMessage] = field(default_factory=list)
    """Copies that came while the first one waited or ran."""
    report: HeldReport | None = None
    """Present while the handler runs, if the sender reads its receipts from the reply."""
    claim: Claim | None = None
    """What this session told the others of its account."""


_DUPLICATE_ID = refusal_of("duplicate")
REUSED_KEY = refusal_of("idempotency_key_reused")


class Outcomes:
    """Accepted messages are remembered for a while, failed ones are released, so that a sender's retry runs again
    exactly when the first copy did not succeed."""

    def __init__(self, ttl_seconds: float, clock: Clock) -> None:
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._ids: dict[_Name, Outcome] = {}
        self._keys: dict[_Name, Outcome] = {}
        # Outcomes that hold a reply, oldest first.
        self._replies: dict[int, Outcome] = {}
        self._reply_bytes = 0

    def repetition_of(self, incoming: Incoming) -> Refusal | None:
        message = incoming.message
        known = self._live(self._ids, _id_of(message))
        if known:
            return Refusal(_DUPLICATE_ID.code, _DUPLICATE_ID.detail, known)
        keyed = self._live(self._keys, _key_of(message))
        if keyed is None:
            return None
        if keyed.payload != payload_digest(incoming):
            return REUSED_KEY
        return Refusal(DUPLICATE_KEY.code, DUPLICATE_KEY.detail, keyed)

    def of(self, message: ReceivedMessage) -> Outcome | None:
        """The outcome of a message that was accepted."""
        return self._live(self._ids, _id_of(message)) or self._live(self._keys, _key_of(message))

    def remember(self, incoming: Incoming) -> Outcome:
        now = self._clock.elapsed()
        message = incoming.message
        key = _key_of(message)
        outcome = Outcome(
            expires_at=now + self._ttl_seconds,
            id=_id_of(message),
            key=key,
            message_id=message.message_id,
            payload=None if key is None else payload_digest(incoming),
        )
        for memory, name in ((self._ids, outcome.id), (self._keys, key)):
            if name is not None:
                # Re-inserting keeps each memory in order of expiry, so that a sweep looks at little it does not remove.
                memory.pop(name, None)
                memory[name] = outcome
            self._sweep(memory, now)
        return outcome

    def keep_reply(self, outcome: Outcome, reply: bytes) -> None:
        """Keeps the first reply to a request, within the bounds."""
        if outcome.reply or len(reply) > limits.REMEMBERED_REPLY_MAX_BYTES or self._is_forgotten(outcome):
            return
        outcome.reply = reply
        self._replies[id(outcome)] = outcome
        self._reply_bytes += len(reply)
        while (
            self._reply_bytes > limits.REMEMBERED_REPLIES_MAX_BYTES
            or len(self._replies) > limits.REMEMBERED_REPLIES_MAX_ENTRIES
        ):
            self._drop_reply(next(iter(self._replies.values())))

    def release(self, outcome: Outcome) -> None:
        """Forgets a message whose handling failed."""
        self._drop_reply(outcome)
        for memory, name in ((self._ids, outcome.id), (self._keys, outcome.key)):
            if name is not None and memory.get(name) is outcome:
                del memory[name]

    def _live(self, memory: dict[_Name, Outcome], name: _Name | None) -> Outcome | None:
        outcome = None if name is None else memory.get(name)
        return outcome if outcome and self._clock.elapsed() < outcome.expires_at else None

    def _is_forgotten(self, outcome: Outcome) -> bool:
        return not (outcome.id in self._ids or outcome.key in self._keys)

    def _sweep(self, memory: dict[_Name, Outcome], now: float) -> None:
        while memory:
            name, outcome = next(iter(memory.items()))
            if now < outcome.expires_at and len(memory) <= limits.DEDUPE_MAX_ENTRIES:
                return
            del memory[name]
            self._drop_reply(outcome)

    def _drop_reply(self, outcome: Outcome) -> None:
        if outcome.reply and self._replies.pop(id(outcome), None):
            self._reply_bytes -= len(outcome.reply)
            outcome.reply = None


def scope_of(message: ReceivedMessage) -> str:
    """Whose ids and keys are told apart."""
    return message.from_account_id or message.from_session_tag or message.from_agent or ""


def payload_digest(incoming: Incoming) -> str:
    """Digest of the payload as it stood on the wire: of what a parser makes of it, two payloads could look alike."""
    text = raw_member(incoming.text, "payload") if incoming.text else None
    return hashlib.sha256((text or "null").encode("utf-8", "surrogatepass")).hexdigest()


def _id_of(message: ReceivedMessage) -> _Name | None:
    return (scope_of(message), message.message_id) if message.message_id else None


def _key_of(message: ReceivedMessage) -> _Name | None:
    key = message.idempotency_key
    return None if key is None else (scope_of(message), key)
