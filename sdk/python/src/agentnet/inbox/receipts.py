"""Telling senders what became of their messages."""

from collections.abc import Awaitable, Callable
from typing import Any

from agentnet_protocol import encode_json, subjects

from ..clock import timestamp
from ..errors import AgentNetError
from ..identity.detached_text import Place
from ..outbox.reply import Replier
from ..received_message import ReceivedMessage
from .receipt_outbox import DueReceipt, ReceiptOutbox
from .refusal import Refusal


class Receipts:
    """One session's receipts."""

    def __init__(self, replier: Replier, report: Callable[[AgentNetError], object]) -> None:
        self._replier = replier
        self.now = replier.clock.now
        self.publisher = replier.publisher
        self._report = report
        self.outbox = ReceiptOutbox(replier.publisher, report)

    def publish(
        self, message: ReceivedMessage, status: str, refusal: Refusal | None = None, *, is_answered: bool = False
    ) -> None:
        """Tells the sender, if the message says who it is. Spec: operation `send_receipt`."""
        due = self.due(message, status, refusal, is_answered=is_answered)
        if due:
            self.outbox.send(due)

    def due(
        self,
        message: ReceivedMessage,
        status: str,
        refusal: Refusal | None = None,
        *,
        is_answered: bool = False,
        at: float | None = None,
    ) -> DueReceipt | None:
        """The receipt itself; None when the message does not say whom it is for. `at`: seconds since 1970, if not
        now."""
        sender = message.from_account_id
        if sender is None:
            return None
        receipt: dict[str, Any] = {
            "message_id": message.message_id,
            "status": status,
            "event_at": timestamp(self.now() if at is None else at),
            "from_account_id": self._replier.sender.account_id,
            "from_session_tag": self._replier.sender.session_tag,
            "to_account_id": sender,
            "trace_id": message.trace_id or message.message_id,
            "thread_id": message.thread_id,
        }
        if message.parent_message_id is not None:
            receipt["parent_message_id"] = message.parent_message_id
        if refusal:
            receipt |= {"code": refusal.code, "detail": refusal.detail}
        place = Place(subjects.account_receipts(sender), encode_json(receipt, has_text_keys=True))
        return DueReceipt(
            status=status, message_id=message.message_id, account_id=sender, place=place, is_answered=is_answered
        )

    async def tell(self, publishing: Awaitable[object]) -> None:
        """Publishes where nobody can be told of a failure: the sender will see its own timeout."""
        try:
            await publishing
        except AgentNetError as cause:
            # A lost connection reports itself.
            if cause.code != "connection_closed":
                self._report(cause)
