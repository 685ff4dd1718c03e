"""Sending one message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from agentnet_protocol import MessageHeaders, error_codes, is_error_code, is_valid, limits

from ..errors import RemoteError, TransportError, ValidationError
from ..identity.detached_text import Place
from ..require_option import require_at_least, require_integer
from ..tracing.spans import sending
from .await_receipt import AwaitedReceipt, Receipt, is_duplicate, word_of
from .build_message import Draft, build_message, encode_message
from .outbox import Outbox
from .resolve_target import Target
from .seal import seal

if TYPE_CHECKING:
    from ..tracing.spans import Traced


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What is known of a sent message when `send` returns."""

    message_id: str
    thread_id: str
    trace_id: str
    attempts: int
    """Times the message was published."""
    receipt: Receipt | None = None
    """The receipt that decided; None when none was waited for. `accepted` means queued, `processed` handled, `rejected`
    with code `duplicate` that the receiver holds an earlier copy."""


@dataclass(frozen=True, kw_only=True)
class SendOptions:
    """How one message is sent. Raises `ValidationError` `invalid_option` for values out of range."""

    payload: Any
    kind: str = "direct"
    thread_id: str | None = None
    parent_message_id: str | None = None
    trace_id: str | None = None
    ttl_ms: int | None = None
    idempotency_key: str | None = None
    retry_attempts: int | None = None
    receipt_timeout: float | None = None
    until: Literal["accepted", "processed"] = "accepted"
    processed_timeout: float = limits.PROCESSED_TIMEOUT_MS / 1000
    require_delivery_ack: bool | None = None

    def __post_init__(self) -> None:
        require_message_options(self.ttl_ms, self.idempotency_key)
        if self.retry_attempts is not None:
            require_integer("retry_attempts", self.retry_attempts, 0)
        if self.receipt_timeout is not None:
            require_at_least("receipt_timeout", self.receipt_timeout, limits.RECEIPT_TIMEOUT_MIN_MS / 1000)
        require_at_least("processed_timeout", self.processed_timeout, 0.001)
        if not is_valid("DeliveryStage", self.until):
            detail = f"until must be 'accepted' or 'processed', got {self.until!r}"
            raise ValidationError("invalid_option", detail)
        if self.until == "processed" and self.require_delivery_ack is False:
            detail = "until 'processed' needs receipts; leave require_delivery_ack out"
            raise ValidationError("invalid_option", detail)


def require_message_options(ttl_ms: int | None, idempotency_key: str | None) -> None:
    """Raises: ValidationError: `invalid_option`"""
    if ttl_ms is not None:
        require_integer("ttl_ms", ttl_ms, limits.TTL_MS_MIN)
    if idempotency_key is not None and not str(idempotency_key).strip():
        raise ValidationError("invalid_option", "idempotency_key must not be blank")


async def send(outbox: Outbox, target: Target, options: SendOptions) -> Delivery:
    """Publishes one message and waits for its first usable receipt, publishing the identical bytes again when none
    comes; then for the final one, if asked to.

    Raises:
        AgentNetError: `delivery_ack_timeout`, `delivery_rejected`, `delivery_ack_unusable`, `processed_timeout`,
            `outcome_unknown`, `connection_closed`, `invalid_payload`, `message_too_large`, `invalid_option`
    """
    with sending("send", target.subject, trace_id=options.trace_id) as span:
        return await deliver(outbox, target, options, span)


async def deliver(outbox: Outbox, target: Target, options: SendOptions, traced: Traced | None) -> Delivery:
    """As `send`, as part of what somebody else traces."""
    started = outbox.clock.elapsed()
    key = options.idempotency_key
    draft = Draft(
        payload=options.payload,
        kind=options.kind,
        ttl_ms=outbox.options.default_ttl_ms if options.ttl_ms is None else options.ttl_ms,
        trace_id=traced.trace_id if traced and options.trace_id is None else options.trace_id,
        thread_id=options.thread_id,
        parent_message_id=options.parent_message_id,
        idempotency_key=key.strip() if isinstance(key, str) else key,
    )
    message = build_message(
        outbox.sender, draft, to_agent=target.to_agent, to_account_id=target.to_account_id, now=outbox.clock.now()
    )
    body = encode_message(message, outbox.sender, outbox.options.max_payload_bytes)
    if traced:
        traced.describe(message, len(body))
    # Copies that are published again carry the same signature.
    headers = seal(outbox.sender, "message", Place(target.subject, body), traced.headers if traced else None)
    wants_ack = (
        outbox.options.require_delivery_ack if options.require_delivery_ack is None else options.require_delivery_ack
    )
    if not wants_ack and options.until == "accepted":
        await outbox.link.publish(target.subject, body, headers=headers)
        outbox.metrics.latency["send_account"].add(outbox.clock.elapsed() - started)
        return _delivery_of(message, 1, None)
    awaited = outbox.receipts.expect(message["message_id"], target.to_account_id)
    try:
        published_as = _Sending(target, message, body, headers, options)
        first, published = await _publish_until_receipt(outbox, published_as, awaited)
        receipt = _require_delivered(message["message_id"], first, published, awaited)
        outbox.metrics.latency["send_account"].add(outbox.clock.elapsed() - started)
        if options.until == "processed":
            receipt = await _await_processed(receipt, awaited, message["message_id"], options.processed_timeout)
            _require_taken(receipt)
        return _delivery_of(message, published, receipt)
    finally:
        awaited.forget()


@dataclass(frozen=True)
class _Sending:
    target: Target
    message: dict[str, Any]
    body: bytes
    headers: MessageHeaders | None
    options: SendOptions


async def _publish_until_receipt(
    outbox: Outbox, sending: _Sending, awaited: AwaitedReceipt
) -> tuple[Receipt | None, int]:
    options, defaults = sending.options, outbox.options
    retries = defaults.default_send_retry_attempts if options.retry_attempts is None else options.retry_attempts
    timeout = defaults.default_receipt_timeout_seconds if options.receipt_timeout is None else options.receipt_timeout
    published = 0
    for attempt in range(retries + 1):
        if attempt > 0:
            # The receipt of the publish before may still arrive during the pause.
            pause_ms = min(limits.SEND_RETRY_BACKOFF_MS * attempt, limits.SEND_RETRY_BACKOFF_MAX_MS)
            late = await awaited.receipt.within(pause_ms / 1000)
            if late:
                return late, published
            outbox.metrics.count("retry_count")
            if outbox.events.has("retry"):
                message = sending.message
                outbox.events.emit(
                    "retry", message_id=message["message_id"], to=message["to_agent"], attempt=attempt + 1
                )
        # A message must not wait in the client's buffer: it could be delivered after this send has failed.
        if outbox.link.is_up:
            await outbox.link.publish(sending.target.subject, sending.body, headers=sending.headers)
            published += 1
        first = await awaited.receipt.within(timeout)
        if first:
            return first, published
        outbox.metrics.count("receipt_timeout_count")
    return None, published


def _require_delivered(message_id: str, receipt: Receipt | None, published: int, awaited: AwaitedReceipt) -> Receipt:
    if receipt:
        _require_taken(receipt)
        return receipt
    if awaited.unusable_status is not None:
        detail = f"delivery_ack_unusable status={awaited.unusable_status} message_id={message_id}"
        raise RemoteError("delivery_ack_unusable", detail)
    if published == 0:
        detail = f"the connection to NATS was down; {message_id} was not sent"
        raise TransportError("connection_closed", detail)
    raise TransportError("delivery_ack_timeout", f"delivery_ack_timeout message_id={message_id} attempts={published}")


def _require_taken(receipt: Receipt) -> None:
    """A duplicate is a success: the receiver took an earlier copy, and forgets those whose handling failed."""
    if receipt["status"] != "rejected" or is_duplicate(receipt):
        return
    word, detail = word_of(receipt.get("code")), receipt.get("detail") or ""
    raise RemoteError(
        "delivery_rejected",
        f"delivery_rejected {word}: {detail}",
        remote_code=word if is_error_code(word) else receipt.get("code") or "",
        remote_detail=detail,
    )


async def _await_processed(first: Receipt, awaited: AwaitedReceipt, message_id: str, timeout: float) -> Receipt:
    """Spec: rules `send.processed`, `send.processed.duplicate`."""
    # The receipts of the message that used the key first carry its id, so no final receipt will come for this one.
    if is_duplicate(first) and word_of(first.get("detail")) == word_of(error_codes["duplicate"].idempotency_detail):
        raise RemoteError(
            "outcome_unknown",
            f"another message with this idempotency key was accepted before {message_id}; it is being handled or was",
            remote_code="duplicate",
            remote_detail=first.get("detail") or "",
        )
    last = await awaited.outcome.within(timeout)
    if last:
        return last
    raise TransportError(
        "processed_timeout",
        f"{message_id} was accepted, but no final receipt came within {timeout:g} s; it may still be handled",
    )


def _delivery_of(message: dict[str, Any], attempts: int, receipt: Receipt | None) -> Delivery:
    return Delivery(
        message_id=message["message_id"],
        thread_id=message["thread_id"],
        trace_id=message["trace_id"],
        attempts=attempts,
        receipt=receipt,
    )
