"""Telling senders what became of their messages."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from agentnet_protocol import encode_json, limits, subjects

from ..clock import timestamp
from ..errors import AgentNetError
from ..identity.detached_text import Place
from ..outbox.reply import Replier
from ..received_message import ReceivedMessage
from .refusal import Refusal


class Receipts:
    """One session's receipts."""

    def __init__(self, replier: Replier, report: Callable[[AgentNetError], object]) -> None:
        self._replier = replier
        self._report = report
        self._owed: deque[Place] = deque(maxlen=limits.OWED_RECEIPTS_MAX)

    def publish(self, message: ReceivedMessage, status: str, refusal: Refusal | None = None) -> None:
        """Tells the sender, if the message says who it is. Spec: operation `send_receipt`."""
        sender = message.from_account_id
        if sender is None:
            return
        receipt: dict[str, Any] = {
            "message_id": message.message_id,
            "status": status,
            "event_at": timestamp(self._replier.clock.now()),
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
        place = Place(subjects.account_receipts(sender), encode_json(receipt))
        self._send(place, owed=status != "accepted")

    def settle(self) -> None:
        """The connection is back: sends the final receipts that became due meanwhile.

        Spec: rule `receipt.final.reconnect`.
        """
        owed = list(self._owed)
        self._owed.clear()
        for place in owed:
            self._send(place, owed=True)

    def _send(self, place: Place, *, owed: bool) -> None:
        try:
            self._replier.publisher.post("receipt", place)
        except AgentNetError as cause:
            if cause.code != "connection_closed":
                self._report(cause)
            elif owed:
                self._owed.append(place)

    async def tell(self, publishing: Awaitable[object]) -> None:
        """Publishes where nobody can be told of a failure: the sender will see its own timeout."""
        try:
            await publishing
        except AgentNetError as cause:
            # A lost connection reports itself.
            if cause.code != "connection_closed":
                self._report(cause)
