"""Asks as a peer of the protocol's first version does: signed with `dev-ed25519-v1`, taking the reply as it is."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from agentnet.identity import make_key_pair, message_claims, register_claims
from agentnet.identity.signature import sign_claims
from agentnet_protocol import limits, operations, subjects
from nats.aio.client import Client

_NAME = "bench_first_version"


class FirstVersionAsker:
    """One account with a key of its own, over a bare connection."""

    def __init__(self, connection: Client, to_account_id: str) -> None:
        self._connection = connection
        self._pair = make_key_pair()
        self._to = to_account_id
        self._account_id = ""

    async def register(self) -> None:
        """Binds the key to a new account."""
        username = f"{_NAME}_{uuid.uuid4().hex[:8]}"
        claims = register_claims(
            agent_id=_NAME, name=_NAME, username=username, account_id="", timestamp=_stamp(0), nonce=uuid.uuid4().hex
        )
        request = {"agent_id": _NAME, "username": username, "auth": sign_claims(claims, self._pair)}
        reply = await self._connection.request(operations["register"].subject, json.dumps(request).encode(), timeout=5)
        self._account_id = json.loads(reply.data)["account_id"]

    async def ask(self, payload: Any) -> None:
        """One request, answered."""
        message_id = uuid.uuid4().hex
        message = {
            "message_id": message_id,
            "from_agent": _NAME,
            "from_account_id": self._account_id,
            "to_agent": self._to,
            "to_account_id": self._to,
            "payload": payload,
            "sent_at": _stamp(0),
            "ttl_ms": limits.TTL_MS_DEFAULT,
            "expires_at": _stamp(limits.TTL_MS_DEFAULT),
            "trace_id": message_id,
            "thread_id": f"thread_{message_id}",
            "kind": "request",
            "schema_version": "1.1",
        }
        message["auth"] = sign_claims(message_claims(message, json.dumps(payload)), self._pair)
        await self._connection.request(subjects.account_inbox(self._to), json.dumps(message).encode(), timeout=60)


def _stamp(later_ms: int) -> str:
    at = datetime.now(UTC) + timedelta(milliseconds=later_ms)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
