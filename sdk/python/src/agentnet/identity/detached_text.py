"""What an `ed25519-v2` signature is about, and the bytes under it."""

import hashlib
from dataclasses import dataclass
from typing import Final

from agentnet_protocol.models import SigningPurpose

DETACHED_SCHEME: Final = "ed25519-v2"
"""The scheme that signs the whole body and where it goes."""


@dataclass(frozen=True)
class Place:
    """Where a body is published, as its receiver sees it."""

    subject: str
    body: bytes
    reply: str = ""
    """The NATS reply subject; empty when nobody waits for an answer."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Who signs, when and for what."""

    purpose: SigningPurpose
    account_id: str
    """Empty in a registration that names no account."""
    agent_id: str
    session_tag: str
    """Empty before there is a session."""
    signed_at: str
    """RFC 3339 in UTC."""
    public_key: str = ""
    """Signing fills it in."""
    nonce: str = ""
    """Never used before, where a signature must count once; else empty."""


def detached_text(statement: Statement, place: Place) -> bytes:
    """Every value stands behind its length, so that none can pass for several. Spec: rule `auth.v2.text`."""
    fields = (
        ("scheme", DETACHED_SCHEME),
        ("purpose", statement.purpose),
        ("subject", place.subject),
        ("reply", place.reply),
        ("account", statement.account_id),
        ("agent", statement.agent_id),
        ("session", statement.session_tag),
        ("key", statement.public_key),
        ("at", statement.signed_at),
        ("nonce", statement.nonce),
        ("body", hashlib.sha256(place.body).hexdigest()),
    )
    lines = ["agentnet-signature\n"]
    lines += [f"{name}:{len(value.encode())}:{value}\n" for name, value in fields]
    return "".join(lines).encode()
