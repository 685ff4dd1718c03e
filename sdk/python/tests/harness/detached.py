"""Scheme `ed25519-v2` by hand."""

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from agentnet.clock import timestamp
from agentnet.identity.detached_header import DetachedSignature, read_detached_header
from agentnet.identity.detached_signature import sign_detached, verify_detached
from agentnet.identity.detached_text import Place, Statement
from agentnet.identity.key_pair import KeyPair, make_key_pair
from agentnet_protocol import headers, operations, subjects
from agentnet_protocol.models import SigningPurpose

from .message_builder import a_message, unique_name
from .raw_client import Body, Frame, RawClient, encode
from .raw_peer import RawPeer


@dataclass(frozen=True, kw_only=True)
class Lie:
    """What is signed, where it differs from the truth."""

    pair: KeyPair | None = None
    account_id: str | None = None
    agent_id: str | None = None
    session_tag: str | None = None
    subject: str | None = None
    reply: str | None = None
    body: Body | None = None


TRUTH = Lie()


@dataclass(frozen=True)
class DetachedRawPeer:
    """A raw peer that signs with `ed25519-v2`, in the test's hands. Made by `detached_raw_peer`."""

    raw: RawPeer
    pair: KeyPair
    session_tag: str

    @property
    def account_id(self) -> str:
        return self.raw.account_id

    def message(self, to: str | None = None, **fields: Any) -> dict[str, Any]:
        """A full, valid message of this peer's session."""
        who = {"sender": self.account_id, "from_agent": self.raw.username, "from_session_tag": self.session_tag}
        return a_message(to=to, **{**who, **fields})

    def receipt(self, message: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return {
            "message_id": message["message_id"],
            "status": "accepted",
            "event_at": timestamp(time.time()),
            "from_account_id": self.account_id,
            "from_session_tag": self.session_tag,
            "to_account_id": message["from_account_id"],
            **fields,
        }

    async def publish(
        self, purpose: SigningPurpose, subject: str, body: Body, *, reply: str = "", lie: Lie = TRUTH
    ) -> None:
        """Publishes a body with its signature."""
        place = Place(
            lie.subject or subject,
            encode(body if lie.body is None else lie.body),
            reply if lie.reply is None else lie.reply,
        )
        statement = Statement(
            purpose=purpose,
            account_id=lie.account_id or self.account_id,
            agent_id=lie.agent_id or self.raw.username,
            session_tag=lie.session_tag or self.session_tag,
            signed_at=timestamp(time.time()),
        )
        sealed = {headers.SIGNATURE: sign_detached(statement, place, lie.pair or self.pair)}
        await self.raw.client.publish(subject, body, reply=reply, headers=sealed)


async def detached_raw_peer(client: RawClient) -> DetachedRawPeer:
    """Registers an account with `ed25519-v2`, subscribed to its subjects."""
    pair, name = make_key_pair(), unique_name("raw")
    subject, reply = operations["register"].subject, client.connection.new_inbox()
    answers = await client.subscribe(reply)
    body = json.dumps({"agent_id": name, "username": name}).encode()
    statement = Statement(
        purpose="register",
        account_id="",
        agent_id=name,
        session_tag="",
        signed_at=timestamp(time.time()),
        nonce=uuid.uuid4().hex,
    )
    sealed = {headers.SIGNATURE: sign_detached(statement, Place(subject, body, reply), pair)}
    await client.publish(subject, body, reply=reply, headers=sealed)
    session = (await answers.next()).json
    assert "error" not in session, session
    account_id = session["account_id"]
    inbox = await client.subscribe(subjects.account_inbox(account_id))
    receipts = await client.subscribe(subjects.account_receipts(account_id))
    raw = RawPeer(client, account_id, session["username"], inbox, receipts)
    return DetachedRawPeer(raw, pair, session["session_tag"])


def signature_of(frame: Frame) -> DetachedSignature | None:
    signature = read_detached_header(frame.headers.get(headers.SIGNATURE, ""))
    return signature if isinstance(signature, DetachedSignature) else None


def is_sealed_by(public_key: str, frame: Frame) -> bool:
    """Whether a frame carries a good signature of that key for where it was heard."""
    signature = signature_of(frame)
    if signature is None or signature.public_key != public_key:
        return False
    return verify_detached(signature, Place(frame.subject, frame.body, frame.reply))
