"""A message on its way to the handler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentnet_protocol import Parsed, decode_json, is_valid, parse_json, subjects

from ..clock import read_timestamp
from ..connection.link_message import LinkMessage
from ..outbox.build_message import AskedReceipts
from ..received_message import ReceivedMessage, to_received_message
from ..streams.stream_event import StreamEvent, read_stream_event
from ..tracing.spans import UNTRACED, Handling
from .refusal import Refusal, refusal_of

if TYPE_CHECKING:
    from .outcomes import Outcome


@dataclass(eq=False, kw_only=True)
class Incoming:
    """One decoded message."""

    message: ReceivedMessage
    text: str
    """The body as it came, for signatures."""
    raw: LinkMessage
    """As it came off the wire."""
    expires_at: float | None
    """Seconds since 1970; None when it carries no usable deadline."""
    event: StreamEvent | None = None
    """Present when the message is part of a stream."""
    is_told_with_reply: bool = False
    """Whether its sender reads the receipts from the reply, if that has them."""
    outcome: Outcome | None = None
    """What its copies will share; set when it is accepted."""
    handling: Handling = UNTRACED
    """What the work with it is recorded as; set when that begins."""


_WITH_REPLY: AskedReceipts = "with_reply"

_MALFORMED = refusal_of("bad_message")
_TOO_LARGE = refusal_of("payload_too_large")


def decode_message(raw: LinkMessage, max_bytes: int) -> Incoming | tuple[ReceivedMessage, Refusal]:
    """Reads one body, or saves what can be saved of one that breaks the schema. Only a NATS reply subject that is an
    inbox counts as `reply_to`."""
    reply_to = raw.reply if raw.reply and subjects.match_plain_inbox(raw.reply) else None
    if len(raw.body) > max_bytes:
        return _salvage(raw.body, reply_to), _TOO_LARGE
    decoded = decode_json("Message", raw.body)
    if not isinstance(decoded, Parsed):
        return _salvage(raw.body, reply_to), _MALFORMED
    message = to_received_message(decoded.value, reply_to)
    event = read_stream_event(message.payload) if message.kind == "stream" else None
    return Incoming(
        message=message,
        text=decoded.text,
        raw=raw,
        expires_at=expiry_of(message),
        event=event,
        is_told_with_reply=event is None and decoded.value.get("receipts") == _WITH_REPLY,
    )


def expiry_of(message: ReceivedMessage) -> float | None:
    """The earlier of `expires_at` and `sent_at + ttl_ms`, in seconds since 1970, of those that can be read."""
    stated = None if message.expires_at is None else read_timestamp(message.expires_at)
    sent = None if message.ttl_ms is None or message.sent_at is None else read_timestamp(message.sent_at)
    if sent is None or message.ttl_ms is None:
        return stated
    computed = sent + max(0, message.ttl_ms) / 1000
    return computed if stated is None else min(stated, computed)


def _salvage(body: bytes, reply_to: str | None) -> ReceivedMessage:
    """The ids that a refusal needs, each only if it is well formed by itself. Without a message id nobody could place a
    receipt."""
    parsed = parse_json(body.decode("utf-8", "replace").encode())
    fields = parsed.value if isinstance(parsed, Parsed) and isinstance(parsed.value, dict) else {}
    saved = {
        name: fields[name]
        for name in ("message_id", "trace_id", "thread_id", "parent_message_id")
        if is_valid("IdText", fields.get(name))
    }
    if saved.get("message_id") and is_valid("AccountId", fields.get("from_account_id")):
        saved["from_account_id"] = fields["from_account_id"]
    if is_valid("Label", fields.get("from_agent")):
        saved["from_agent"] = fields["from_agent"]
    return to_received_message(saved, reply_to)
