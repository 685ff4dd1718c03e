"""Signing and verifying for programs of one's own; agents do it by themselves."""

from .canonical_json import canonical_json
from .claims import Claims, message_claims, register_claims
from .detached_header import DetachedSignature, UnreadableHeader, read_detached_header
from .detached_signature import sign_detached, verify_detached
from .detached_text import DETACHED_SCHEME, Place, Statement, detached_text
from .key_pair import KeyPair, make_key_pair

__all__ = [
    "DETACHED_SCHEME",
    "Claims",
    "DetachedSignature",
    "KeyPair",
    "Place",
    "Statement",
    "UnreadableHeader",
    "canonical_json",
    "detached_text",
    "make_key_pair",
    "message_claims",
    "read_detached_header",
    "register_claims",
    "sign_detached",
    "verify_detached",
]
