"""An `ed25519-v2` signature as it travels beside a message."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import quote, unquote

from agentnet_protocol import is_valid

from .detached_text import DETACHED_SCHEME, Statement

UnreadableHeader: TypeAlias = Literal["auth_scheme_invalid", "auth_payload_invalid", "auth_purpose_mismatch"]
"""Why a header cannot be used."""

_LONGEST_HEADER = 4096
"""Of the longest names there are, every byte percent-encoded, there is room to spare."""

_FREE = r"((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)"
_FORM = re.compile(
    rf"scheme={DETACHED_SCHEME};purpose=([a-z]{{1,32}});account=([A-Za-z0-9_-]{{0,64}});agent={_FREE};session={_FREE};"
    r"key=([A-Za-z0-9_-]{43});at=([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z);"
    r"nonce=([A-Za-z0-9_-]{0,128});sig=([A-Za-z0-9_-]{86})"
)


@dataclass(frozen=True, kw_only=True)
class DetachedSignature(Statement):
    """Whether it is good is open."""

    signature: str
    """Base64url without padding."""


def write_detached_header(signature: DetachedSignature) -> str:
    """Spec: header `AgentNet-Signature`."""
    return (
        f"scheme={DETACHED_SCHEME};purpose={signature.purpose};account={signature.account_id};"
        f"agent={quote(signature.agent_id, safe='')};session={quote(signature.session_tag, safe='')};"
        f"key={signature.public_key};at={signature.signed_at};nonce={signature.nonce};sig={signature.signature}"
    )


def read_detached_header(text: str) -> DetachedSignature | UnreadableHeader:
    """There is one way to write each signature. Spec: rule `auth.v2.header`."""
    parts = _FORM.fullmatch(text) if len(text) <= _LONGEST_HEADER else None
    if parts is None:
        is_other = text.startswith("scheme=") and not text.startswith(f"scheme={DETACHED_SCHEME};")
        return "auth_scheme_invalid" if is_other else "auth_payload_invalid"
    purpose, account_id, agent, session, public_key, signed_at, nonce, signature = parts.groups()
    if not is_valid("SigningPurpose", purpose):
        return "auth_purpose_mismatch"
    try:
        agent_id, session_tag = unquote(agent, errors="strict"), unquote(session, errors="strict")
    except UnicodeDecodeError:
        return "auth_payload_invalid"
    return DetachedSignature(
        purpose=purpose,  # type: ignore[arg-type] # it was just checked
        account_id=account_id,
        agent_id=agent_id,
        session_tag=session_tag,
        public_key=public_key,
        signed_at=signed_at,
        nonce=nonce,
        signature=signature,
    )
