"""Auth objects of registrations and messages: scheme `dev-ed25519-v1`."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from agentnet_protocol import ProtocolError

from .claims import Claims, claims_text, legacy_claims, message_claims
from .key_pair import KeyPair, is_signature
from .raw_member import raw_member

DEV_SCHEME = "dev-ed25519-v1"

Unreadable: TypeAlias = Literal["auth_scheme_invalid", "auth_payload_invalid"]


@dataclass(frozen=True)
class SignedClaims:
    """Claims with a signature that has yet to be verified."""

    public_key: str
    claims: Claims
    signature: str

    @property
    def is_genuine(self) -> bool:
        """Whether the owner of the key signed these claims."""
        return is_signature(self.public_key, self.signature, claims_text(self.claims))

    def says_the_same(self, expected: Claims) -> bool:
        return self.claims in (expected, legacy_claims(expected))


def sign_claims(claims: Claims, pair: KeyPair) -> dict[str, Any]:
    """The auth object of a registration or a message."""
    signature = pair.sign(claims_text(claims))
    return {"scheme": DEV_SCHEME, "public_key": pair.public_key, "claims": claims, "signature": signature}


def read_auth(auth: Any) -> SignedClaims | Unreadable:
    """Reads an auth object as a JSON parser made it."""
    if not isinstance(auth, dict) or auth.get("scheme") != DEV_SCHEME:
        return "auth_scheme_invalid"
    public_key, signature, claims = auth.get("public_key"), auth.get("signature"), auth.get("claims")
    if not (public_key and isinstance(public_key, str) and signature and isinstance(signature, str)):
        return "auth_payload_invalid"
    if not isinstance(claims, dict):
        return "auth_payload_invalid"
    return SignedClaims(public_key, {name: _text_of(value) for name, value in claims.items()}, signature)


def expected_claims(message: dict[str, Any], text: str) -> Claims | None:
    """What a genuine message claims; None when its payload has no canonical form."""
    try:
        return message_claims(message, raw_member(text, "payload") or "null")
    except ProtocolError:
        return None


def _text_of(value: Any) -> str:
    # As the protocol's first version turns numbers and literals into texts.
    return value if isinstance(value, str) else str(value)
