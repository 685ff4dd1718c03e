"""The receipts of one session on their way out."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from agentnet_protocol import limits

from ..errors import AgentNetError
from ..identity.detached_text import Place
from ..outbox.seal import SealedPublisher


@dataclass(frozen=True, kw_only=True)
class DueReceipt:
    """What is sent, and what decides when."""

    status: str
    message_id: str
    account_id: str
    """The account it is for."""
    place: Place
    is_answered: bool
    """Whether the message has been replied to: whoever waits for anything has that."""


class ReceiptOutbox:
    """Nobody can be told of a failure here: the message's sender will see its own timeout."""

    def __init__(self, publisher: SealedPublisher, report: Callable[[AgentNetError], object]) -> None:
        self._publisher = publisher
        self._report = report
        self._unsigned: list[DueReceipt] = []
        self._owed: deque[DueReceipt] = deque(maxlen=limits.OWED_RECEIPTS_MAX)

    def send(self, receipt: DueReceipt) -> None:
        signer = self._publisher.sender.signer
        # Signing takes as long as the rest of the work on a message, and nobody waits for a receipt as for the reply of
        # a handler that returns at once. Peers of the first scheme get `accepted` in front of the reply, as they always
        # did.
        if signer is None or not (receipt.status == "processed" or signer.knows_detached(receipt.account_id)):
            self._post(receipt)
            return
        self._unsigned.append(receipt)
        if len(self._unsigned) == 1:
            self._publisher.link.afterwards(self._sign_all)

    def settle(self) -> None:
        """The connection is back: sends the final receipts that became due meanwhile.

        Spec: rule `receipt.final.reconnect`.
        """
        owed = list(self._owed)
        self._owed.clear()
        for receipt in owed:
            self._post(receipt)

    def owe(self, receipt: DueReceipt) -> None:
        """Sends it when the connection is back, if it is a final one."""
        if receipt.status != "accepted":
            self._owed.append(receipt)

    def _sign_all(self) -> None:
        unsigned, self._unsigned = self._unsigned, []
        answered = {receipt.message_id for receipt in unsigned if receipt.is_answered}
        for receipt in unsigned:
            if receipt.message_id in answered:
                self._ride(receipt)
            else:
                self._post(receipt)

    def _post(self, receipt: DueReceipt) -> None:
        try:
            self._publisher.post("receipt", receipt.place)
        except AgentNetError as cause:
            self._fail(receipt, cause)

    def _ride(self, receipt: DueReceipt) -> None:
        try:
            self._publisher.ride("receipt", receipt.place, lambda: self.owe(receipt))
        except AgentNetError as cause:
            self._fail(receipt, cause)

    def _fail(self, receipt: DueReceipt, cause: AgentNetError) -> None:
        if cause.code != "connection_closed":
            self._report(cause)
        else:
            self.owe(receipt)
