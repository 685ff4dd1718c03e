"""Signing what one session publishes."""

import json
from collections.abc import Callable
from typing import Any, Protocol

from agentnet_protocol import MessageHeaders, headers
from agentnet_protocol.models import SigningPurpose

from ..clock import timestamp
from .claims import message_claims
from .detached_signature import sign_detached
from .detached_text import DETACHED_SCHEME, Place, Statement
from .key_pair import KeyPair
from .key_ring import AccountKeys
from .raw_member import raw_member
from .signature import sign_claims


class RememberedKeys(Protocol):
    """What is known of others' keys: a `KeyRing`."""

    def remembered(self, account_id: str) -> AccountKeys | None: ...


class Signer:
    """Signs with the key it has at that moment, for an agent before and after it has a session."""

    def __init__(
        self, pair: KeyPair, *, agent_id: str, account_id: str, keys: RememberedKeys, now: Callable[[], float]
    ) -> None:
        self.pair = pair
        self.is_v2_required = False
        """Whether the registry lets nobody in who does not speak `ed25519-v2`."""
        self._keys = keys
        self._now = now
        self._account_id = account_id
        self._agent_id = agent_id
        self._session_tag = ""
        self._signed_at_us = 0

    def join(self, *, account_id: str, session_tag: str) -> None:
        """Signs for the session that was opened."""
        self._account_id = account_id
        self._session_tag = session_tag

    def sign(self, purpose: SigningPurpose, place: Place, *, nonce: str = "", pair: KeyPair | None = None) -> str:
        """The text of the header that goes with a body."""
        statement = Statement(
            purpose=purpose,
            account_id=self._account_id,
            agent_id=self._agent_id,
            session_tag=self._session_tag,
            signed_at=timestamp(self._instant()),
            nonce=nonce,
        )
        return sign_detached(statement, place, pair or self.pair)

    def seal(self, purpose: SigningPurpose, place: Place) -> MessageHeaders:
        """The header itself."""
        return {headers.SIGNATURE: self.sign(purpose, place)}

    def needs_auth(self, message: dict[str, Any]) -> bool:
        """Whether a recipient may speak the first scheme only, and so needs the `auth` member. Spec: rule
        `auth.v2.v1-peers`."""
        if self.is_v2_required:
            return False
        recipient = message.get("to_account_id")
        return recipient is None or not self.knows_detached(recipient)

    def knows_detached(self, account_id: str) -> bool:
        """Whether every session of the account is known to speak the second scheme."""
        known = self._keys.remembered(account_id)
        return known is not None and known.scheme == DETACHED_SCHEME

    def add_auth(self, message: dict[str, Any], body: bytes) -> bytes:
        """Adds the signature of the first scheme to the text that is sent, never to the value it was made from."""
        payload = raw_member(body.decode("utf-8"), "payload") or "null"
        auth = sign_claims(message_claims(message, payload), self.pair)
        return body[:-1] + b',"auth":' + json.dumps(auth).encode("ascii") + b"}"

    def _instant(self) -> float:
        """Later than the one before, or the registry would take a second hello for a copy of the first."""
        self._signed_at_us = max(round(self._now() * 1_000_000), self._signed_at_us + 1)
        return self._signed_at_us / 1_000_000
