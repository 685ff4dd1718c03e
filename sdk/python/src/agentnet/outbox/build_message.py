"""Writing the envelope."""

import os
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from agentnet_protocol import ProtocolError, check, encode_json, limits

from ..clock import timestamp
from ..errors import ValidationError
from ..identity.signer import Signer
from ..received_message import default_thread_id
from .json_payload import require_json_payload


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who writes."""

    agent_id: str
    account_id: str
    session_tag: str
    signer: Signer | None = None
    """Present with dev auth on."""


AskedReceipts: TypeAlias = Literal["with_reply"]
"""How the sender of a request reads its receipts, where not by themselves. Spec: rule `receipt.with-reply`."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a message says, besides who writes to whom."""

    payload: Any
    kind: str
    ttl_ms: int
    trace_id: str | None = None
    thread_id: str | None = None
    parent_message_id: str | None = None
    idempotency_key: str | None = None
    receipts: AskedReceipts | None = None


SCHEMA_VERSION = f"{limits.SUPPORTED_SCHEMA_MAJOR}.{limits.SCHEMA_MINOR}"


_TIME_MASK = (1 << 48) - 1


def new_message_id(now: float) -> str:
    """A UUIDv4 as 32 hex digits whose first 48 bits count milliseconds, as in UUIDv7.

    The history finds ids of one time side by side in its indexes, so that recording a message does not touch a page of
    each that nobody has used for days. Spec: rule `message.sent.id`.
    """
    digits = os.urandom(10).hex()
    return f"{int(now * 1000) & _TIME_MASK:012x}4{digits[1:4]}{'89ab'[int(digits[4], 16) & 3]}{digits[5:]}"


def build_message(
    sender: Sender, draft: Draft, *, to_agent: str, to_account_id: str | None, now: float
) -> dict[str, Any]:
    """The fields of the envelope. Spec: schema `SentMessage`.

    Raises:
        ValidationError: `invalid_option` when a field breaks its schema.
    """
    message_id = new_message_id(now)
    trace_id = message_id if draft.trace_id is None else draft.trace_id
    message: dict[str, Any] = {
        "message_id": message_id,
        "from_agent": sender.agent_id,
        "from_account_id": sender.account_id,
        "from_session_tag": sender.session_tag,
        "to_agent": to_agent,
        "payload": draft.payload,
        "sent_at": timestamp(now),
        "ttl_ms": draft.ttl_ms,
        "expires_at": timestamp(now + draft.ttl_ms / 1000),
        "trace_id": trace_id,
        "thread_id": default_thread_id(str(trace_id)) if draft.thread_id is None else draft.thread_id,
        "kind": draft.kind,
        "schema_version": SCHEMA_VERSION,
        "to_account_id": to_account_id,
        "parent_message_id": draft.parent_message_id,
        "idempotency_key": draft.idempotency_key,
        "receipts": draft.receipts,
    }
    for name in ("to_account_id", "parent_message_id", "idempotency_key", "receipts"):
        if message[name] is None:
            del message[name]
    # The payload has a check of its own.
    violations = check("SentMessage", message) and check("SentMessage", {**message, "payload": None})
    if violations:
        field = violations[0].path[1:]
        raise ValidationError("invalid_option", f"{field} {violations[0].message}")
    return message


def encode_message(message: dict[str, Any], sender: Sender, max_bytes: int) -> bytes:
    """The message as it goes onto the wire, with an `auth` member if its sender signs and the recipient may need it.

    Raises:
        ValidationError: `invalid_payload`, `message_too_large`
    """
    require_json_payload(message["payload"])
    try:
        body = encode_json(message, has_text_keys=True)
    except ProtocolError as cause:
        raise ValidationError("invalid_payload", cause.detail) from cause
    if sender.signer and sender.signer.needs_auth(message):
        body = sender.signer.add_auth(message, body)
    if len(body) > max_bytes:
        raise ValidationError(
            "message_too_large",
            f"the encoded message has {len(body)} bytes, at most {max_bytes} are allowed; shorten the payload",
        )
    return body
