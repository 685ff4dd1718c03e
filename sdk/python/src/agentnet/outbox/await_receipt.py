"""Delivery receipts, and who waits for them."""

import asyncio
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
"""When the signatures of receipts are looked at. A requester who only wants to know whether anybody is there saves the
work when the reply comes first."""

_MOST_UNVERIFIED = 32
"""More receipts of one message than its recipient can have sent for a reason."""


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
        self._account_id = account_id
        self._guard = guard
        self._unverified: list[tuple[Receipt, TransportMessage]] | None = [] if verified == "when-asked" else None
        self._verifying: set[asyncio.Task[None]] = set()
        # Sessions that accepted a copy and have not given it back: copies can reach several sessions of an account.
        self._holders: set[tuple[str, str]] = set()
        self._was_accepted = False

    def deliver(self, receipt: Receipt, raw: TransportMessage) -> None:
        # Older peers may leave the account out; whoever names one must be the addressee.
        author = receipt.get("from_account_id")
        if author and self._account_id is not None and author != self._account_id:
            return
        if self._guard is None:
            self._take(receipt)
        elif self._unverified is None:
            # A task, because one receipt whose key is looked up must not hold up the others; they stay in order.
            task = asyncio.ensure_future(self._verify(self._guard, receipt, raw))
            self._verifying.add(task)
            task.add_done_callback(self._verifying.discard)
        elif len(self._unverified) < _MOST_UNVERIFIED:
            self._unverified.append((receipt, raw))

    async def verify(self) -> None:
        """Verifies what has come and was not to be verified at once."""
        unverified, self._unverified = self._unverified or [], []
        if self._guard:
            await asyncio.gather(*(self._verify(self._guard, *one) for one in unverified))

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

        awaited = AwaitedReceipt(self._clock, account_id, forget, guard=self._guard, verified=verified)
        self._awaited[message_id] = awaited
        return awaited

    def deliver(self, raw: TransportMessage) -> None:
        """Takes one message off the receipts subject. Malformed ones are ignored: anybody may publish there."""
        if not self._awaited:
            return
        decoded = decode_json("Receipt", raw.body)
        if isinstance(decoded, Parsed):
            awaited = self._awaited.get(decoded.value["message_id"])
            if awaited:
                awaited.deliver(decoded.value, raw)

    def fail_all(self, error: AgentNetError) -> None:
        for awaited in list(self._awaited.values()):
            awaited.fail(error)


def _holder_of(receipt: Receipt) -> tuple[str, str]:
    return receipt.get("from_account_id") or "", receipt.get("from_session_tag") or ""
