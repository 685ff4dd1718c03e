"""Delivery receipts, and who waits for them."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from agentnet_protocol import Parsed, TransportMessage, decode_json

from ..clock import Clock
from ..errors import AgentNetError
from .expectation import Expectation
from .forged import Forged, ForgeryGuard

Receipt: TypeAlias = dict[str, Any]
"""Spec: schema `Receipt`; `status` is a lower-case word."""

WhenVerified: TypeAlias = Literal["at-once", "when-asked"]
"""When receipts are looked at. A requester who only wants to know whether anybody is there saves the work when the
reply comes first."""

_MOST_UNREAD = 32
"""More receipts of one message than its recipient can have sent for a reason."""

_ID_NAME = b'"message_id"'
_ONLY_ID = re.compile(rb'"message_id"\s*:\s*"([\w-]*)"', re.ASCII)
"""An id without escapes."""


def word_of(text: str | None) -> str:
    """Peers write statuses and codes in any case, with white space around."""
    return (text or "").strip().lower()


def is_duplicate(receipt: Receipt) -> bool:
    """Whether the receiver says that it took an earlier copy, or another message with the same idempotency key."""
    return receipt["status"] == "rejected" and word_of(receipt.get("code")) == "duplicate"


class AwaitedReceipt:
    """One message's wait for its receipts."""

    def __init__(
        self,
        clock: Clock,
        message_id: str,
        account_id: str | None,
        forget: Callable[[], object],
        *,
        guard: ForgeryGuard | None = None,
        verified: WhenVerified = "at-once",
    ) -> None:
        self.receipt: Expectation[Receipt] = Expectation(clock)
        """The first usable receipt: it decides whether the message was taken."""
        self.outcome: Expectation[Receipt] = Expectation(clock)
        """The receipt that ended the work: `processed`, or a rejection of what had been accepted."""
        self.unusable_status: str | None = None
        """Status of a receipt this version does not know; such receipts decide nothing."""
        self.forget = forget
        self._message_id = message_id
        self._account_id = account_id
        self._guard = guard
        self.unread: list[TransportMessage] | None = [] if verified == "when-asked" else None
        """What has come and is not to be looked at before somebody asks."""
        self._verifying: set[asyncio.Task[None]] = set()
        # Sessions that accepted a copy and have not given it back: copies can reach several sessions of an account.
        self._holders: set[tuple[str, str]] = set()
        self._was_accepted = False

    def deliver(self, receipt: Receipt, raw: TransportMessage) -> None:
        if self._is_foreign(receipt):
            return
        if self._guard is None:
            self._take(receipt)
            return
        # A task, because one receipt whose key is looked up must not hold up the others; they stay in order.
        task = asyncio.ensure_future(self._verify(self._guard, receipt, raw))
        self._verifying.add(task)
        task.add_done_callback(self._verifying.discard)

    async def look(self) -> None:
        """Reads what has come and was not to be looked at before."""
        unread = self.unread or []
        if self.unread is not None:
            self.unread = []
        for raw in unread:
            decoded = decode_json("Receipt", raw.body)
            if not isinstance(decoded, Parsed) or decoded.value["message_id"] != self._message_id:
                continue
            if self._is_foreign(decoded.value):
                continue
            if self._guard:
                await self._verify(self._guard, decoded.value, raw)
            else:
                self._take(decoded.value)

    def _is_foreign(self, receipt: Receipt) -> bool:
        """Older peers may leave the account out; whoever names one must be the addressee."""
        author = receipt.get("from_account_id")
        return bool(author) and self._account_id is not None and author != self._account_id

    async def _verify(self, guard: ForgeryGuard, receipt: Receipt, raw: TransportMessage) -> None:
        code = await guard.verifier.refusal_for_receipt(receipt, raw, self._account_id)
        if code:
            guard.on_forged(Forged("receipt", receipt["message_id"], code))
        else:
            self._take(receipt)

    def _take(self, given: Receipt) -> None:
        receipt = {**given, "status": word_of(given["status"])}
        status = receipt["status"]
        if status not in ("accepted", "processed", "rejected"):
            self.unusable_status = given["status"]
            return
        if status == "accepted":
            self._was_accepted = True
            self._holders.add(_holder_of(receipt))
        if status == "processed" or self._ends_the_work(receipt):
            self.outcome.arrive(receipt)
        self.receipt.arrive(receipt)

    def fail(self, error: AgentNetError) -> None:
        self.receipt.fail(error)
        self.outcome.fail(error)

    def _ends_the_work(self, receipt: Receipt) -> bool:
        """A rejection by a session that holds no copy says nothing about the session that does."""
        if receipt["status"] != "rejected" or is_duplicate(receipt):
            return False
        holder = _holder_of(receipt)
        held = holder in self._holders
        self._holders.discard(holder)
        return not self._holders and (held or not self._was_accepted)


class ReceiptDesk:
    """Every session of the account hears all receipts; only the message id tells whose they are."""

    def __init__(self, clock: Clock, guard: ForgeryGuard | None = None) -> None:
        """With a guard, receipts that are not genuine do not count."""
        self._clock = clock
        self._guard = guard
        self._awaited: dict[str, AwaitedReceipt] = {}

    def expect(self, message_id: str, account_id: str | None, *, verified: WhenVerified = "at-once") -> AwaitedReceipt:
        """`account_id`: whose receipts count; None for a capability, where any account may answer."""

        def forget() -> None:
            self._awaited.pop(message_id, None)

        awaited = AwaitedReceipt(self._clock, message_id, account_id, forget, guard=self._guard, verified=verified)
        self._awaited[message_id] = awaited
        return awaited

    def deliver(self, raw: TransportMessage) -> None:
        """Takes one message off the receipts subject. Malformed ones are ignored: anybody may publish there."""
        if not self._awaited:
            return
        message_id = _plain_id_in(raw.body)
        if message_id is not None:
            awaited = self._awaited.get(message_id)
            if awaited is None:
                return
            if awaited.unread is not None:
                if len(awaited.unread) < _MOST_UNREAD:
                    awaited.unread.append(raw)
                return
        self._read(raw)

    def _read(self, raw: TransportMessage) -> None:
        decoded = decode_json("Receipt", raw.body)
        awaited = self._awaited.get(decoded.value["message_id"]) if isinstance(decoded, Parsed) else None
        if isinstance(decoded, Parsed) and awaited:
            awaited.deliver(decoded.value, raw)

    def fail_all(self, error: AgentNetError) -> None:
        for awaited in list(self._awaited.values()):
            awaited.fail(error)


def _plain_id_in(body: bytes) -> str | None:
    """The id, if the text plainly says one: so much is known without reading it."""
    found = _ONLY_ID.search(body)
    return found[1].decode("ascii") if found and body.count(_ID_NAME) == 1 else None


def _holder_of(receipt: Receipt) -> tuple[str, str]:
    return receipt.get("from_account_id") or "", receipt.get("from_session_tag") or ""
