"""What was ignored because its signature is missing or bad."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from agentnet_protocol import ErrorCode

from ..events import EventBus
from ..identity.message_verifier import MessageVerifier
from ..metrics.agent_metrics import AgentMetrics


@dataclass(frozen=True)
class Forged:
    """A reply or receipt that was ignored."""

    what: Literal["reply", "receipt"]
    message_id: str
    """The message it claims to be about."""
    code: ErrorCode


@dataclass(frozen=True)
class ForgeryGuard:
    """With dev auth on, what replies and receipts are verified with."""

    verifier: MessageVerifier
    on_forged: Callable[[Forged], object]


def note_forged(metrics: AgentMetrics, events: EventBus) -> Callable[[Forged], object]:
    """Counts what was ignored, and tells of it."""

    def note(forged: Forged) -> None:
        metrics.count("forged_count")
        if events.has("forged"):
            events.emit("forged", what=forged.what, message_id=forged.message_id, code=forged.code)

    return note
