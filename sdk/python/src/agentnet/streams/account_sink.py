"""Streaming into an account's inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentnet_protocol import limits

from ..clock import pause
from ..errors import RemoteError
from ..outbox.outbox import Outbox
from ..outbox.resolve_target import account_target
from ..outbox.send import SendOptions, deliver

if TYPE_CHECKING:
    from ..tracing.message_span import PartOfSpan

_FOR_NOW = frozenset(("rate_limited", "busy"))


@dataclass(frozen=True, kw_only=True)
class StreamContext:
    """Where a stream belongs in the conversation."""

    thread_id: str
    parent_message_id: str | None = None
    trace_id: str | None = None
    ttl_ms: int | None = None
    traced: PartOfSpan | None = None
    """What the stream is recorded as."""


class AccountSink:
    """Sends events to an account, each after the receipt of the one before, no faster than the receiver's default rate
    limit. Spec: rule `stream.pace`."""

    flush_seconds = limits.STREAM_FLUSH_MS / 1000

    def __init__(self, outbox: Outbox, account_id: str, context: StreamContext) -> None:
        self._outbox = outbox
        self._account_id = account_id
        self._context = context
        self._pacer = outbox.pacers.of(account_id)

    @property
    def ready_in(self) -> float:
        return self._pacer.ready_in

    async def send(self, event: dict[str, Any]) -> None:
        refused = 0
        while not await self._attempt(event):
            refused += 1
            if refused > limits.STREAM_RETRY_ATTEMPTS:
                detail = f"{self._account_id} refused {refused} times to take the stream on"
                raise RemoteError("delivery_rejected", detail, remote_code="busy")
            await pause(self._outbox.clock, self.flush_seconds * refused)

    async def _attempt(self, event: dict[str, Any]) -> bool:
        context = self._context
        await self._pacer.take()
        options = SendOptions(
            payload=event,
            kind="stream",
            require_delivery_ack=True,
            thread_id=context.thread_id,
            parent_message_id=context.parent_message_id,
            trace_id=context.trace_id,
            ttl_ms=context.ttl_ms,
        )
        try:
            await deliver(self._outbox, account_target(self._account_id), options, context.traced)
        except RemoteError as refusal:
            if refusal.remote_code not in _FOR_NOW:
                raise
            return False
        return True
