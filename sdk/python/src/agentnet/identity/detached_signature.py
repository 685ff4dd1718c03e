"""Scheme `ed25519-v2`: a signature beside a body, over the body and where it goes."""

from dataclasses import replace

from .detached_header import DetachedSignature, write_detached_header
from .detached_text import Place, Statement, detached_text
from .key_pair import KeyPair, is_signature


def sign_detached(statement: Statement, place: Place, pair: KeyPair) -> str:
    """Signs a body for one place; returns the header's text."""
    signed = replace(statement, public_key=pair.public_key)
    signature = pair.sign(detached_text(signed, place))
    return write_detached_header(DetachedSignature(**vars(signed), signature=signature))


def verify_detached(signature: DetachedSignature, place: Place) -> bool:
    """Whether the owner of the key in the header signed this body for this place."""
    return is_signature(signature.public_key, signature.signature, detached_text(signature, place))
