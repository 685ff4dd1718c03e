"""Whether messages and receipts are from the account they name, and for this agent."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agentnet_protocol import ErrorCode, TransportMessage, headers
from agentnet_protocol.models import SigningPurpose

from ..received_message import ReceivedMessage
from .detached_header import DetachedSignature, read_detached_header
from .detached_signature import verify_detached
from .detached_text import DETACHED_SCHEME, Place
from .key_ring import AccountKeys, FoundKeys
from .signature import SignedClaims, expected_claims, read_auth


class Keys(Protocol):
    """Where the keys of accounts come from: a `KeyRing`."""

    def find(self, account_id: str) -> Awaitable[FoundKeys]: ...

    def find_other(self, account_id: str) -> Awaitable[FoundKeys]: ...


@dataclass(frozen=True)
class Recipient:
    """Whom messages may be meant for."""

    account_id: str
    capabilities: Sequence[str]


_Judge = Callable[[], ErrorCode | None]


class MessageVerifier:
    """Spec: rules `auth.message.refusals`, `auth.message.audience`, `auth.v2.message`, `auth.v2.receipt`."""

    def __init__(
        self, keys: Keys, recipient: Recipient, *, requires_v2: bool = False, elapsed: Callable[[], float]
    ) -> None:
        """Args:
        keys: Where keys come from.
        recipient: Whom messages may be meant for.
        requires_v2: Refuses everything that is not signed with `ed25519-v2`.
        elapsed: Seconds that only ever grow.
        """
        self._keys = keys
        self._recipient = recipient
        self._requires_v2 = requires_v2
        self._elapsed = elapsed

    async def refusal_for(
        self, message: ReceivedMessage, text: str, raw: TransportMessage, *, purpose: SigningPurpose
    ) -> ErrorCode | None:
        """Why it is refused, in checking order; None when it is genuine. Suspends only while its sender's key is being
        looked up.

        Args:
            message: As it was read.
            text: The whole body as it came.
            raw: As it came off the wire.
            purpose: What it must have been signed for.
        """
        if message.from_account_id is None:
            return "auth_missing_from_account"
        header = _signature_in(raw)
        if header is not None:
            return await self._refusal_of_header(header, message, raw, purpose)
        if self._requires_v2:
            return "auth_v2_required"
        if message.auth is None:
            return "auth_missing"
        signed = read_auth(message.auth)
        if isinstance(signed, str):
            return signed
        return await self._with_key(
            message.from_account_id,
            signed.public_key,
            lambda: _refusal_of_letter(signed, message, text) or self._refusal_of_recipient(message),
        )

    async def refusal_for_receipt(
        self, receipt: dict[str, Any], raw: TransportMessage, account_id: str | None
    ) -> ErrorCode | None:
        """`account_id`: the account whose receipts count; None where any may answer."""
        header = _signature_in(raw)
        if header is not None:
            return await self._refusal_of_receipt_header(header, receipt, raw)
        if self._requires_v2:
            return "auth_v2_required"
        signer = receipt.get("from_account_id") or account_id
        if signer is None:
            return None
        found = await self._keys.find(signer)
        # Peers of the first scheme sign no receipts; where all sessions speak the second, an unsigned one is forged.
        return "auth_missing" if isinstance(found, AccountKeys) and found.scheme == DETACHED_SCHEME else None

    async def _refusal_of_header(
        self, header: str, message: ReceivedMessage, raw: TransportMessage, purpose: SigningPurpose
    ) -> ErrorCode | None:
        signed = read_detached_header(header)
        if isinstance(signed, str):
            return signed
        if signed.purpose != purpose:
            return "auth_purpose_mismatch"
        said = (message.from_account_id, message.from_agent or "", message.from_session_tag or "")
        if said != (signed.account_id, signed.agent_id, signed.session_tag):
            return "auth_envelope_mismatch"
        return await self._with_key(
            signed.account_id,
            signed.public_key,
            lambda: _refusal_of_signature(signed, raw) or self._refusal_of_recipient(message),
        )

    async def _refusal_of_receipt_header(
        self, header: str, receipt: dict[str, Any], raw: TransportMessage
    ) -> ErrorCode | None:
        signed = read_detached_header(header)
        if isinstance(signed, str):
            return signed
        if signed.purpose != "receipt":
            return "auth_purpose_mismatch"
        if (receipt.get("from_account_id"), receipt.get("from_session_tag")) != (signed.account_id, signed.session_tag):
            return "auth_envelope_mismatch"
        return await self._with_key(signed.account_id, signed.public_key, lambda: _refusal_of_signature(signed, raw))

    async def _with_key(self, account_id: str, public_key: str, judge: _Judge) -> ErrorCode | None:
        """Goes on with `judge` when the key is one of the account's."""
        found = await self._keys.find(account_id)
        if isinstance(found, AccountKeys) and not self._is_of(found, public_key):
            found = await self._keys.find_other(account_id)
        if not isinstance(found, AccountKeys):
            return found
        return judge() if self._is_of(found, public_key) else "auth_public_key_mismatch"

    def _is_of(self, keys: AccountKeys, given: str) -> bool:
        previous = keys.previous
        if given == keys.public_key:
            return True
        return previous is not None and given == previous.public_key and self._elapsed() < previous.expires_at

    def _refusal_of_recipient(self, message: ReceivedMessage) -> ErrorCode | None:
        """Senders that route by capability name no account."""
        account_id = self._recipient.account_id
        if message.to_account_id is not None:
            return None if message.to_account_id == account_id else "auth_recipient_mismatch"
        targets = {account_id, *(f"capability:{name}" for name in self._recipient.capabilities)}
        return None if (message.to_agent or "") in targets else "auth_recipient_mismatch"


def _signature_in(raw: TransportMessage) -> str | None:
    return raw.headers.get(headers.SIGNATURE) if raw.headers else None


def _refusal_of_signature(signed: DetachedSignature, raw: TransportMessage) -> ErrorCode | None:
    place = Place(raw.subject, raw.body, raw.reply)
    return None if verify_detached(signed, place) else "auth_signature_invalid"


def _refusal_of_letter(signed: SignedClaims, message: ReceivedMessage, text: str) -> ErrorCode | None:
    expected = expected_claims(vars(message), text)
    if expected is None or not signed.says_the_same(expected):
        return "auth_claims_mismatch"
    return None if signed.is_genuine else "auth_signature_invalid"
