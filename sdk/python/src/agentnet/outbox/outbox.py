"""What one session sends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentnet_protocol import RegistryClient

from ..clock import Clock
from ..connection.link import Link
from ..events import EventBus
from ..metrics.agent_metrics import AgentMetrics
from ..options import AgentOptions
from .await_receipt import ReceiptDesk
from .build_message import AskedReceipts, Sender
from .reply_mux import ReplyMux
from .username_resolver import UsernameResolver

if TYPE_CHECKING:
    from ..streams.asked_streams import AskedStreams
    from ..streams.pacer import Pacers


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """The parts that `send` and `request` share."""

    sender: Sender
    link: Link
    registry: RegistryClient
    receipts: ReceiptDesk
    replies: ReplyMux
    usernames: UsernameResolver
    metrics: AgentMetrics
    events: EventBus
    options: AgentOptions
    clock: Clock
    pacers: Pacers
    asked: AskedStreams
    asked_receipts: AskedReceipts | None = None
    """What requests say of their receipts. Spec: rule `receipt.with-reply.feature`."""
