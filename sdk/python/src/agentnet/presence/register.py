"""Opening a session."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from agentnet_protocol import RegisterRequest, RegistryClient, limits

from ..clock import timestamp
from ..connection.to_agentnet_error import with_own_errors
from ..identity.claims import register_claims
from ..identity.key_pair import KeyPair
from ..identity.signature import sign_claims
from ..options import AgentOptions


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


async def register(registry: RegistryClient, options: AgentOptions, pair: KeyPair | None) -> Session:
    """Spec: operation `register`. With a key pair the registration is signed."""
    fields: dict[str, Any] = {
        "agent_id": options.agent_id,
        "name": options.display_name,
        "capabilities": list(options.capabilities),
        "metadata": dict(options.metadata),
    }
    if options.account_id is not None:
        fields["account_id"] = options.account_id
    if options.username is not None:
        fields["username"] = options.username
    if pair:
        fields |= _signed(fields, options, pair)
    reply = await with_own_errors(registry.register(RegisterRequest(**fields)))
    offered = reply.heartbeat_interval if reply.heartbeat_interval > 0 else options.heartbeat_interval
    return Session(
        agent_id=options.agent_id,
        name=options.display_name,
        capabilities=list(options.capabilities),
        metadata=dict(options.metadata),
        account_id=reply.account_id,
        username=reply.username,
        session_tag=reply.session_tag,
        heartbeat_seconds=max(offered, limits.HEARTBEAT_INTERVAL_MIN_SECONDS),
    )


def _signed(fields: dict[str, Any], options: AgentOptions, pair: KeyPair) -> dict[str, Any]:
    """Always names the username: a registry compares the signed one with the account's, which is never empty."""
    username = options.username or options.agent_id
    claims = register_claims(
        agent_id=options.agent_id,
        name=options.display_name or options.agent_id,
        username=username,
        account_id=fields.get("account_id", ""),
        timestamp=timestamp(options.clock.now()),
        nonce=uuid.uuid4().hex,
    )
    return {"username": username, "auth": sign_claims(claims, pair)}
