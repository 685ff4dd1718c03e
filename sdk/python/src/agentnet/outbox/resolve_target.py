"""Where a message goes."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from agentnet_protocol import is_valid, subjects

from ..errors import ValidationError
from .username_resolver import UsernameResolver

_PREFIXED = re.compile(r"(account|username|capability):(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A subject, and the envelope's words for it."""

    subject: str
    to_agent: str
    to_account_id: str | None = None


@dataclass(frozen=True)
class NamedTarget:
    """What a target text names."""

    field: Literal["account_id", "username"]
    value: str


@dataclass(frozen=True, kw_only=True)
class ResolvedTarget:
    """Where a target leads: to an account, or to whoever offers a capability."""

    account_id: str | None = None
    capability: str | None = None


def parse_target(to: Any) -> NamedTarget:
    """Reads `account:<id>`, `acct_…`, `username:<name>`, `@name` or a bare name.

    Raises:
        ValidationError: `invalid_target`
    """
    if not isinstance(to, str) or not to.strip():
        raise ValidationError("invalid_target", "a target is a text that is not empty")
    text = to.strip()
    found = _PREFIXED.fullmatch(text)
    if found is None:
        return NamedTarget("account_id" if text.startswith("acct_") else "username", text)
    match found[1].lower():
        case "account":
            return NamedTarget("account_id", found[2].strip())
        case "username":
            return NamedTarget("username", found[2])
        case _:
            detail = f"{text!r} is a capability; use send_to_capability or request_capability"
            raise ValidationError("invalid_target", detail)


def capability_of(to: Any) -> str | None:
    """The name in `capability:<name>`, which the node's own methods do not take; None for every other target."""
    found = _PREFIXED.fullmatch(to.strip()) if isinstance(to, str) else None
    return found[2].strip() if found and found[1].lower() == "capability" else None


async def resolve_target(to: Any, usernames: UsernameResolver) -> Target:
    """Finds where a target text leads; a username costs one registry call, remembered for a while.

    Raises:
        AgentNetError: `invalid_target`, `not_found` and what a registry call can fail with.
    """
    named = parse_target(to)
    if named.field == "account_id":
        return account_target(named.value)
    return await username_target(named.value, usernames)


def account_target(account_id: Any) -> Target:
    """Raises: ValidationError: `invalid_target`"""
    if not is_valid("AccountId", account_id):
        detail = f"{account_id!r} is no account id: 1 to 64 letters, digits, _ or -"
        raise ValidationError("invalid_target", detail)
    return Target(subject=subjects.account_inbox(account_id), to_agent=account_id, to_account_id=account_id)


async def username_target(username: Any, usernames: UsernameResolver) -> Target:
    """Raises: AgentNetError: `invalid_target`, `not_found`"""
    return account_target(await usernames.resolve(username))


def capability_target(capability: Any) -> Target:
    """Raises: ValidationError: `invalid_target`"""
    if not is_valid("CapabilityName", capability):
        detail = f"{capability!r} is no capability: 1 to 8 tokens of letters, digits, _ or -, separated by dots"
        raise ValidationError("invalid_target", detail)
    return Target(subject=subjects.capability(capability), to_agent=f"capability:{capability}")
