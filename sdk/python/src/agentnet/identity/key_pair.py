"""Ed25519 keys, written as they travel."""

import base64
import os
from functools import lru_cache

from agentnet_protocol import limits
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SEED_BYTES = 32


class KeyPair:
    """The public key is 32 bytes of base64url without padding; compared as text, so there is one spelling only."""

    def __init__(self, seed: bytes) -> None:
        """Raises: ValueError: The seed is not 32 bytes long."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = encode_base64url(self._private.public_key().public_bytes_raw())

    @property
    def private_key(self) -> str:
        """The seed, for the key file."""
        return encode_base64url(self._private.private_bytes_raw())

    def sign(self, text: bytes) -> str:
        return encode_base64url(self._private.sign(text))

    def __repr__(self) -> str:
        return f"KeyPair(public_key={self.public_key!r})"


def make_key_pair() -> KeyPair:
    return KeyPair(os.urandom(_SEED_BYTES))


def is_signature(public_key: str, signature: str, text: bytes) -> bool:
    """Whether the owner of the key signed the text."""
    try:
        _public_key_of(public_key).verify(decode_base64url(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(limits.AUTH_KEY_CACHE_MAX_ENTRIES)
def _public_key_of(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(decode_base64url(text))


def encode_base64url(data: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Tolerates padding and stray characters, as older peers do.

    Raises:
        ValueError: The length is that of no bytes.
    """
    letters = "".join(letter for letter in text if letter.isascii() and (letter.isalnum() or letter in "-_+/"))
    return base64.urlsafe_b64decode(letters.replace("+", "-").replace("/", "_") + "=" * (-len(letters) % 4))
