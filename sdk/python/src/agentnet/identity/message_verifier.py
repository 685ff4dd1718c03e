"""Whether messages are from the account they name, and for this agent."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from agentnet_protocol import ErrorCode

from ..received_message import ReceivedMessage
from .signature import expected_claims, read_auth


class Keys(Protocol):
    """Where the keys of accounts come from: a `KeyRing`."""

    async def find(self, account_id: str) -> str | None: ...


class MessageVerifier:
    """Spec: rules `auth.message.refusals`, `auth.message.audience`."""

    def __init__(self, keys: Keys, *, account_id: str, capabilities: Sequence[str]) -> None:
        self._keys = keys
        self._account_id = account_id
        self._capabilities = capabilities

    async def refusal_for(self, message: ReceivedMessage, text: str) -> ErrorCode | None:
        """Why it is refused, in checking order; None when it is genuine. `text`: the message's body as it came."""
        if message.from_account_id is None:
            return "auth_missing_from_account"
        if message.auth is None:
            return "auth_missing"
        signed = read_auth(message.auth)
        if isinstance(signed, str):
            return signed
        key = await self._keys.find(message.from_account_id)
        if key is None:
            return "auth_key_not_found"
        if signed.public_key != key:
            return "auth_public_key_mismatch"
        expected = expected_claims(_facts_of(message), text)
        if expected is None or not signed.says_the_same(expected):
            return "auth_claims_mismatch"
        if not signed.is_genuine:
            return "auth_signature_invalid"
        return None if self._is_for_us(message) else "auth_recipient_mismatch"

    def _is_for_us(self, message: ReceivedMessage) -> bool:
        """Senders that route by capability name no account."""
        if message.to_account_id is not None:
            return message.to_account_id == self._account_id
        targets = {self._account_id, *(f"capability:{name}" for name in self._capabilities)}
        return (message.to_agent or "") in targets


def _facts_of(message: ReceivedMessage) -> dict[str, Any]:
    return asdict(message)
