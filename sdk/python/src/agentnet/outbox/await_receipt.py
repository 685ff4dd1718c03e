"""Delivery receipts, and who waits for them."""

from collections.abc import Callable
from typing import Any, TypeAlias

from agentnet_protocol import Parsed, decode_json

from ..clock import Clock
from ..errors import AgentNetError
from .expectation import Expectation

Receipt: TypeAlias = dict[str, Any]
"""Spec: schema `Receipt`; `status` is a lower-case word."""


def word_of(text: str | None) -> str:
    """Peers write statuses and codes in any case, with white space around."""
    return (text or "").strip().lower()


def is_duplicate(receipt: Receipt) -> bool:
    """Whether the receiver says that it took an earlier copy, or another message with the same idempotency key."""
    return receipt["status"] == "rejected" and word_of(receipt.get("code")) == "duplicate"


class AwaitedReceipt:
    """One message's wait for its receipts."""

    def __init__(self, clock: Clock, account_id: str | None, forget: Callable[[], object]) -> None:
        self.receipt: Expectation[Receipt] = Expectation(clock)
        """The first usable receipt: it decides whether the message was taken."""
        self.outcome: Expectation[Receipt] = Expectation(clock)
        """The receipt that ended the work: `processed`, or a rejection of what had been accepted."""
        self.unusable_status: str | None = None
        """Status of a receipt this version does not know; such receipts decide nothing."""
        self.forget = forget
        self._account_id = account_id
        # Sessions that accepted a copy and have not given it back: copies can reach several sessions of an account.
        self._holders: set[tuple[str, str]] = set()
        self._was_accepted = False

    def take(self, given: Receipt) -> None:
        # Older peers may leave the account out; whoever names one must be the addressee.
        author = given.get("from_account_id")
        if author and self._account_id is not None and author != self._account_id:
            return
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

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._awaited: dict[str, AwaitedReceipt] = {}

    def expect(self, message_id: str, account_id: str | None) -> AwaitedReceipt:
        """`account_id`: whose receipts count; None for a capability, where any account may answer."""
        awaited = AwaitedReceipt(self._clock, account_id, lambda: self._awaited.pop(message_id, None))
        self._awaited[message_id] = awaited
        return awaited

    def deliver(self, body: bytes) -> None:
        """Takes one body off the receipts subject. Malformed ones are ignored: anybody may publish there."""
        if not self._awaited:
            return
        decoded = decode_json("Receipt", body)
        if isinstance(decoded, Parsed):
            awaited = self._awaited.get(decoded.value["message_id"])
            if awaited:
                awaited.take(decoded.value)

    def fail_all(self, error: AgentNetError) -> None:
        for awaited in list(self._awaited.values()):
            awaited.fail(error)


def _holder_of(receipt: Receipt) -> tuple[str, str]:
    return receipt.get("from_account_id") or "", receipt.get("from_session_tag") or ""
