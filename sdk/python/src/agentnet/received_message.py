"""A message as a handler or a requester gets it."""

from dataclasses import dataclass
from typing import Any

from agentnet_protocol import limits


@dataclass(frozen=True, kw_only=True)
class ReceivedMessage:
    """The wire's fields, with null and empty texts as None and the defaults filled in. Spec: schema `Message`."""

    message_id: str
    """Empty when the sender gave none."""
    payload: Any
    """Any JSON value; None when the sender gave none."""
    thread_id: str
    """The conversation; filled in from trace or message id when the sender gave none."""
    kind: str = "direct"
    schema_version: str = f"{limits.SUPPORTED_SCHEMA_MAJOR}.0"
    from_agent: str | None = None
    """The sender's role label. Not an identity."""
    from_account_id: str | None = None
    from_session_tag: str | None = None
    to_agent: str | None = None
    """The target account id, `capability:<name>`, or in error replies the requester's label."""
    to_account_id: str | None = None
    sent_at: str | None = None
    ttl_ms: int | None = None
    expires_at: str | None = None
    trace_id: str | None = None
    parent_message_id: str | None = None
    idempotency_key: str | None = None
    reply_to: str | None = None
    """Where the sender waits for a reply: the NATS reply subject, never a field of the body."""
    auth: dict[str, Any] | None = None


def to_received_message(fields: dict[str, Any], reply_to: str | None = None) -> ReceivedMessage:
    """Leaves out what counts as absent and fills in what has a default. `fields` obey the schema `Message`."""
    message_id = fields.get("message_id") or ""
    trace_id = fields.get("trace_id")
    version = fields.get("schema_version")
    ttl_ms = fields.get("ttl_ms")
    auth = fields.get("auth")
    received = ReceivedMessage.__new__(ReceivedMessage)
    # At once: a frozen class sets its fields one by one, at several times the cost, and every message comes by here.
    vars(received).update(
        message_id=message_id,
        payload=fields.get("payload"),
        thread_id=fields.get("thread_id") or default_thread_id(trace_id or message_id),
        kind=fields.get("kind") or "direct",
        schema_version=f"{limits.SUPPORTED_SCHEMA_MAJOR}.0" if version in (None, "") else str(version),
        from_agent=fields.get("from_agent") or None,
        from_account_id=fields.get("from_account_id") or None,
        from_session_tag=fields.get("from_session_tag") or None,
        to_agent=fields.get("to_agent") or None,
        to_account_id=fields.get("to_account_id") or None,
        sent_at=fields.get("sent_at") or None,
        # JSON writes a whole number with a fraction of zero, too.
        ttl_ms=None if ttl_ms is None else int(ttl_ms),
        expires_at=fields.get("expires_at") or None,
        trace_id=trace_id or None,
        parent_message_id=fields.get("parent_message_id") or None,
        idempotency_key=fields.get("idempotency_key") or None,
        reply_to=reply_to,
        auth=auth if isinstance(auth, dict) else None,
    )
    return received


def default_thread_id(trace_or_message_id: str) -> str:
    """The conversation of a message that names none."""
    return f"thread_{trace_or_message_id.lower()}"
