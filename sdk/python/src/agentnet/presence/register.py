"""Opening a session."""

from dataclasses import dataclass, field
from typing import Any

from agentnet_protocol import RegisterRequest, RegistryClient, SigningPolicy, limits
from agentnet_protocol.models import Feature

from ..clock import timestamp
from ..connection.to_agentnet_error import with_own_errors
from ..identity.claims import register_claims
from ..identity.key_pair import KeyPair
from ..identity.signature import sign_claims
from ..options import AgentOptions

_RECEIPTS_WITH_REPLY: Feature = "receipts_with_reply"


@dataclass(frozen=True, kw_only=True)
class Session:
    """Who this process is on the network, as the registry said."""

    agent_id: str
    name: str
    capabilities: list[str]
    metadata: dict[str, Any] = field(default_factory=dict)
    account_id: str
    username: str
    session_tag: str
    heartbeat_seconds: float
    has_receipts_with_reply: bool = False
    """Whether the registry reads the receipts of a request from its reply."""


@dataclass(frozen=True)
class SignWith:
    """What a registration is signed with."""

    pair: KeyPair
    nonce: str


@dataclass(frozen=True)
class Registered:
    """A session, and how the registry wants to be signed for."""

    session: Session
    signing: SigningPolicy | None
    """None when the registry binds no keys."""


async def register(registry: RegistryClient, options: AgentOptions, sign_with: SignWith | None = None) -> Registered:
    """Spec: operation `register`. Without `sign_with` nothing is signed."""
    fields: dict[str, Any] = {
        "agent_id": options.agent_id,
        "name": options.display_name,
        "capabilities": list(options.capabilities),
        "metadata": dict(options.metadata),
        "features": [_RECEIPTS_WITH_REPLY],
    }
    if options.account_id is not None:
        fields["account_id"] = options.account_id
    if options.username is not None:
        fields["username"] = options.username
    if sign_with:
        fields |= _signed(fields, options, sign_with)
    reply = await with_own_errors(registry.register(RegisterRequest(**fields)))
    offered = reply.heartbeat_interval if reply.heartbeat_interval > 0 else options.heartbeat_interval
    session = Session(
        agent_id=options.agent_id,
        name=options.display_name,
        capabilities=list(options.capabilities),
        metadata=dict(options.metadata),
        account_id=reply.account_id,
        username=reply.username,
        session_tag=reply.session_tag,
        heartbeat_seconds=max(offered, limits.HEARTBEAT_INTERVAL_MIN_SECONDS),
        has_receipts_with_reply=_RECEIPTS_WITH_REPLY in (reply.features or ()),
    )
    return Registered(session, reply.signing)


def _signed(fields: dict[str, Any], options: AgentOptions, sign_with: SignWith) -> dict[str, Any]:
    """Always names the username: a registry compares the signed one with the account's, which is never empty."""
    username = options.username or options.agent_id
    claims = register_claims(
        agent_id=options.agent_id,
        name=options.display_name or options.agent_id,
        username=username,
        account_id=fields.get("account_id", ""),
        timestamp=timestamp(options.clock.now()),
        nonce=sign_with.nonce,
    )
    return {"username": username, "auth": sign_claims(claims, sign_with.pair)}
