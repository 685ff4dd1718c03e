"""Signed messages and registrations by hand."""

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from agentnet.clock import timestamp
from agentnet.identity.claims import legacy_claims, message_claims, register_claims
from agentnet.identity.key_pair import KeyPair, make_key_pair
from agentnet.identity.raw_member import raw_member
from agentnet.identity.signature import SignedClaims, read_auth, sign_claims

from .message_builder import unique_name, without
from .raw_client import RawClient
from .raw_peer import RawPeer, raw_peer


@dataclass(frozen=True)
class SignedRawPeer:
    """A raw peer with a key of its own, in the test's hands."""

    raw: RawPeer
    pair: KeyPair

    @property
    def account_id(self) -> str:
        return self.raw.account_id

    def sign(self, message: dict[str, Any], payload_text: str | None = None) -> str:
        """The message as wire text, from this account and signed by it."""
        return sign_message(self.pair, {**message, "from_account_id": self.account_id}, payload_text)


async def signed_raw_peer(client: RawClient) -> SignedRawPeer:
    pair, name = make_key_pair(), unique_name("raw")
    claims = register_claims(
        agent_id=name,
        name=name,
        username=name,
        account_id="",
        timestamp=timestamp(time.time()),
        nonce=uuid.uuid4().hex,
    )
    registration = {"agent_id": name, "username": name, "auth": sign_claims(claims, pair)}
    return SignedRawPeer(await raw_peer(client, registration), pair)


def sign_message(
    pair: KeyPair, message: dict[str, Any], payload_text: str | None = None, *, legacy: bool = False
) -> str:
    """The message as wire text with a signature over the text itself."""
    payload = json.dumps(message["payload"]) if payload_text is None else payload_text
    claims = message_claims(message, payload)
    auth = sign_claims(legacy_claims(claims) if legacy else claims, pair)
    return f'{json.dumps(without(message, "payload"))[:-1]},"payload":{payload},"auth":{json.dumps(auth)}}}'


def is_signed_by(public_key: str, text: str) -> bool:
    """Whether a message on the wire carries a good signature of that key over what it says."""
    message = json.loads(text)
    signed = read_auth(message.get("auth"))
    if not isinstance(signed, SignedClaims) or signed.public_key != public_key or not signed.is_genuine:
        return False
    return signed.claims == message_claims(message, raw_member(text, "payload") or "null")
