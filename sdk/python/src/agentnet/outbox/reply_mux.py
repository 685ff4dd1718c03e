"""Replies to the requests of one session."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from agentnet_protocol import Parsed, decode_json, is_valid, subjects

from ..clock import Clock
from ..connection.link import Link, LinkMessage
from ..connection.to_agentnet_error import no_responders
from ..errors import AgentNetError, ValidationError
from ..received_message import ReceivedMessage, to_received_message
from .expectation import Expectation


@dataclass(frozen=True)
class AwaitedReply:
    """One request's wait for its reply."""

    reply: Expectation[ReceivedMessage]
    subject: str
    """Where the reply is expected: the request's NATS reply subject."""
    forget: Callable[[], object]


class ReplyMux:
    """All replies of one session arrive on one subscription; the last token of the subject tells them apart.

    Spec: channel `replyInbox`.
    """

    def __init__(self, session_tag: str, clock: Clock) -> None:
        self._clock = clock
        # Not guessable from the session tag, which everybody can see.
        self._salt = uuid.uuid4().hex
        self._session = session_tag if is_valid("SubjectToken", session_tag) else self._salt
        self._prefix = subjects.reply_inbox(self._session, self._salt).removesuffix(self._salt)
        self._pending: dict[str, tuple[Expectation[ReceivedMessage], str]] = {}
        self._count = 0

    async def subscribe(self, link: Link) -> None:
        await link.subscribe(f"{self._prefix}*", self._deliver)

    def expect(self, request_subject: str) -> AwaitedReply:
        """`request_subject`: where the request goes, for the error when nobody is there."""
        self._count += 1
        token = f"{self._salt}{self._count}"
        reply: Expectation[ReceivedMessage] = Expectation(self._clock)
        self._pending[token] = (reply, request_subject)
        return AwaitedReply(reply, subjects.reply_inbox(self._session, token), lambda: self._pending.pop(token, None))

    def fail_all(self, error: AgentNetError) -> None:
        for reply, _ in list(self._pending.values()):
            reply.fail(error)

    async def _deliver(self, message: LinkMessage) -> None:
        reply, request_subject = self._pending.get(message.subject.removeprefix(self._prefix), (None, ""))
        if reply is None:
            return
        if message.no_responders:
            reply.fail(no_responders(request_subject))
            return
        decoded = decode_json("Message", message.body)
        if isinstance(decoded, Parsed):
            reply.arrive(to_received_message(decoded.value))
        else:
            reply.fail(ValidationError("invalid_reply", f"the reply is no message: {decoded.detail}"))
