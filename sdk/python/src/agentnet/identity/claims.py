"""The facts under a signature; every value is a text."""

import hashlib
import json
from typing import Any, TypeAlias

from .canonical_json import canonical_json

Claims: TypeAlias = dict[str, str]

_LATER_CLAIMS = ("schema_version", "idempotency_key")
"""What older senders leave out of their message claims."""


def register_claims(*, agent_id: str, name: str, username: str, account_id: str, timestamp: str, nonce: str) -> Claims:
    """What a signed registration says about itself. Spec: rule `auth.register.claims`."""
    return {
        "agent_id": agent_id,
        "name": name,
        "username": username,
        "account_id": account_id,
        "timestamp": timestamp,
        "nonce": nonce,
    }


def message_claims(message: dict[str, Any], payload_text: str) -> Claims:
    """The fourteen claims of a message. Spec: rule `auth.message.claims`.

    Args:
        message: The envelope as its receiver sees it: with the defaults filled in.
        payload_text: The payload exactly as it is on the wire.

    Raises:
        ProtocolError: `invalid_payload`
    """
    claims = {
        name: str(message.get(name) or "")
        for name in (
            "message_id",
            "from_account_id",
            "to_account_id",
            "to_agent",
            "sent_at",
            "ttl_ms",
            "expires_at",
            "trace_id",
            "thread_id",
            "parent_message_id",
            "kind",
            "schema_version",
            "idempotency_key",
        )
    }
    claims["from_account_id"] = claims["from_account_id"].strip()
    claims["schema_version"] = claims["schema_version"].strip()
    claims["ttl_ms"] = str(int(message.get("ttl_ms") or 0))
    claims["payload_sha256"] = hashlib.sha256(canonical_json(payload_text).encode("ascii")).hexdigest()
    return claims


def legacy_claims(claims: Claims) -> Claims:
    """The claims of senders older than `schema_version` and `idempotency_key`. Spec: rule `auth.message.legacy`."""
    return {name: value for name, value in claims.items() if name not in _LATER_CLAIMS}


def claims_text(claims: Claims) -> bytes:
    """The text that is signed."""
    return json.dumps(claims, sort_keys=True, separators=(",", ":")).encode("ascii")
