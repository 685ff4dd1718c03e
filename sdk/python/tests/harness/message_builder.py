"""Envelopes by hand."""

import time
import uuid
from typing import Any

from agentnet.clock import timestamp
from agentnet_protocol import limits


def unique_name(word: str = "agent") -> str:
    """A name no other test uses; a valid agent id, username, account id and subject token."""
    return f"{word}_{uuid.uuid4().hex[:12]}"


def a_message(
    *, sender: str | None = None, to: str | None = None, now: float | None = None, **fields: Any
) -> dict[str, Any]:
    """A full, valid message between two accounts. Fields given override."""
    message_id = uuid.uuid4().hex
    sent_at = time.time() if now is None else now
    message: dict[str, Any] = {
        "message_id": message_id,
        "from_agent": "raw_sender",
        "to_agent": to or "raw_receiver",
        "payload": {"text": "yo"},
        "sent_at": timestamp(sent_at),
        "kind": "direct",
        "schema_version": "1.1",
        "ttl_ms": limits.TTL_MS_DEFAULT,
        "expires_at": timestamp(sent_at + limits.TTL_MS_DEFAULT / 1000),
        "trace_id": message_id,
        "thread_id": f"thread_{message_id}",
    }
    if sender is not None:
        message["from_account_id"] = sender
    if to is not None:
        message["to_account_id"] = to
    return message | fields


def without(message: dict[str, Any], *names: str) -> dict[str, Any]:
    """The message less some of its fields."""
    return {name: value for name, value in message.items() if name not in names}
