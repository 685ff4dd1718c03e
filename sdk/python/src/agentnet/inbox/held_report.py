"""What the sender of a request is told, while one message can still say all of it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agentnet_protocol import MessageHeaders, encode_json

from ..connection.outgoing import Outgoing
from ..errors import TransportError
from ..identity.detached_text import Place
from ..received_message import ReceivedMessage

if TYPE_CHECKING:
    from .inbox import Inbox
    from .incoming import Incoming
    from .receipts import Receipts

_MEMBER: Final = b"," + encode_json({"parent_status": "processed"})[1:-1]
_HEADERS_MAX_BYTES = 4_096
"""More than a signature and the headers of a trace ever take."""


def report_with_reply(incoming: Incoming, inbox: Inbox) -> HeldReport | None:
    """None when the sender reads receipts only, or no reply could say the same."""
    message, outcome = incoming.message, incoming.outcome
    is_placed = message.from_account_id and message.message_id and message.reply_to
    if not (incoming.is_told_with_reply and is_placed and outcome):
        return None
    outcome.report = HeldReport(message, inbox.receipts, inbox.replier.max_payload_bytes)
    return outcome.report


class HeldReport:
    """The receipt `accepted` and replies to one request stand in the write queue, undecided until that is handed over.
    If the handler has returned by then, the last reply says so itself, and no receipt is even made.

    Spec: rules `receipt.with-reply`, `receipt.with-reply.true`.
    """

    def __init__(self, message: ReceivedMessage, receipts: Receipts, max_bytes: int) -> None:
        self.message = message
        self.receipts = receipts
        self._max_bytes = max_bytes
        self._last: _HeldReply | None = None
        self.accepted_at = receipts.now()
        self.teller: _HeldReply | None = None
        """The reply that stands for the receipts."""

    def accept(self) -> None:
        """Holds the receipt `accepted`."""
        # Nobody waits for it once the connection is lost, which reports itself.
        with contextlib.suppress(TransportError):
            self.receipts.publisher.link.post_late(_HeldAccepted(self), 0, gives_way=True)

    async def reply(self, place: Place, headers: MessageHeaders | None) -> None:
        """Publishes a reply, held unless it might not fit with what is added.

        Raises:
            AgentNetError: `message_too_large`, `connection_closed`
        """
        publisher, size = self.receipts.publisher, len(place.body) + len(_MEMBER)
        if size > min(self._max_bytes, publisher.link.client.max_payload - _HEADERS_MAX_BYTES):
            await publisher.publish("reply", place, headers)
            return
        held = _HeldReply(self, place, headers)
        publisher.link.post_late(held, size)
        self._last = held
        await publisher.link.thin_out()

    def settle(self) -> bool:
        """The handler has returned: whether a reply that has not left yet tells so."""
        self.teller = self._last if self._last and self._last.is_waiting else None
        return self.teller is not None


class _HeldAccepted:
    def __init__(self, report: HeldReport) -> None:
        self._report = report

    def make(self) -> Outgoing | None:
        report = self._report
        due = None if report.teller else report.receipts.due(report.message, "accepted", at=report.accepted_at)
        return report.receipts.publisher.sealed("receipt", due.place) if due else None

    def drop(self) -> None:
        """It is not owed: the final receipt says more."""


class _HeldReply:
    def __init__(self, report: HeldReport, place: Place, headers: MessageHeaders | None) -> None:
        self._report = report
        self._place = place
        self._headers = headers
        self.is_waiting = True

    def make(self) -> Outgoing:
        self.is_waiting = False
        place = self._place
        if self._report.teller is self:
            place = replace(place, body=place.body[:-1] + _MEMBER + b"}")
        return self._report.receipts.publisher.sealed("reply", place, self._headers)

    def drop(self) -> None:
        """Spec: rule `receipt.final.reconnect`."""
        self.is_waiting = False
        report = self._report
        due = report.receipts.due(report.message, "processed") if report.teller is self else None
        if due:
            report.receipts.outbox.owe(due)
