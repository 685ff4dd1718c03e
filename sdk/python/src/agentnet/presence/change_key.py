"""Replacing and withdrawing the key of an account."""

from collections.abc import Callable
from dataclasses import dataclass

from agentnet_protocol import MessageHeaders, RegistryClient, RevokeKeyRequest, RotateKeyRequest, headers, limits

from ..clock import Clock
from ..connection.link import Link
from ..connection.patient_transport import registry_client
from ..connection.signing_transport import SigningTransport
from ..connection.to_agentnet_error import with_own_errors
from ..identity.detached_text import Place
from ..identity.key_store import KeyStore
from ..identity.signer import Signer
from ..require_option import require_schema
from .signing import fresh_nonce


@dataclass(frozen=True)
class KeyChanger:
    """What changing a key needs."""

    link: Link
    signer: Signer
    store: KeyStore
    account_id: str
    clock: Clock

    def registry(self, headers_for: Callable[[Place], MessageHeaders]) -> RegistryClient:
        return registry_client(SigningTransport(self.link, headers_for), self.clock)


@dataclass(frozen=True, kw_only=True)
class KeyRotation:
    """A key that was replaced."""

    public_key: str
    """The key the account is bound to now, as base64url."""
    previous_public_key: str
    previous_valid_until: str
    """Until when, by the registry's clock, what was signed with the previous key still verifies."""


async def rotate_key(changer: KeyChanger) -> KeyRotation:
    """Replaces the account's key. The new one is on disk before the registry hears of it, and in use once it has
    answered."""
    signer, pair, nonce = changer.signer, changer.store.stage(), fresh_nonce()

    def sign(place: Place) -> MessageHeaders:
        return {
            headers.SIGNATURE: signer.sign("rotate", place, nonce=nonce),
            headers.KEY_PROOF: signer.sign("rotate", place, nonce=nonce, pair=pair),
        }

    request = RotateKeyRequest(account_id=changer.account_id, new_public_key=pair.public_key)
    rotating = changer.registry(sign).rotate_key(request, timeout_ms=limits.REGISTER_TIMEOUT_MS)
    reply = await with_own_errors(rotating)
    signer.pair = pair
    changer.store.confirm(pair)
    return KeyRotation(
        public_key=reply.public_key,
        previous_public_key=reply.previous_public_key,
        previous_valid_until=reply.previous_valid_until,
    )


async def revoke_key(changer: KeyChanger, public_key: str | None = None) -> None:
    """Withdraws the account's key, or the one it replaced."""
    signer, nonce = changer.signer, fresh_nonce()
    withdrawn = signer.pair.public_key if public_key is None else public_key
    require_schema("public_key", "PublicKey", withdrawn)

    def sign(place: Place) -> MessageHeaders:
        return {headers.SIGNATURE: signer.sign("revoke", place, nonce=nonce)}

    request = RevokeKeyRequest(account_id=changer.account_id, public_key=withdrawn)
    await with_own_errors(changer.registry(sign).revoke_key(request, timeout_ms=limits.REGISTER_TIMEOUT_MS))
    if withdrawn == signer.pair.public_key:
        changer.store.shelve()
