"""Replies to the requests of one session."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from agentnet_protocol import Parsed, decode_json, is_valid, subjects

from ..clock import Clock
from ..connection.link import Link, LinkMessage
from ..connection.to_agentnet_error import no_responders
from ..errors import AgentNetError, ValidationError
from ..identity.message_verifier import MessageVerifier
from ..received_message import ReceivedMessage, to_received_message
from ..streams.stream_event import read_stream_event
from .expectation import Expectation


@dataclass(frozen=True)
class AwaitedReply:
    """One request's wait for its reply."""

    reply: Expectation[ReceivedMessage]
    subject: str
    """Where the reply is expected: the request's NATS reply subject."""
    forget: Callable[[], object]


@dataclass(frozen=True)
class _Pending:
    reply: Expectation[ReceivedMessage]
    request_subject: str
    message_id: str
    account_id: str | None
    on_event: Callable[[ReceivedMessage], object]


class ReplyMux:
    """All replies of one session arrive on one subscription; the last token of the subject tells them apart.

    Spec: channel `replyInbox`.
    """

    def __init__(self, session_tag: str, clock: Clock, verifier: MessageVerifier | None) -> None:
        """With a verifier, only replies signed by the account that was asked count."""
        self._verifier = verifier
        self._clock = clock
        # Not guessable from the session tag, which everybody can see.
        self._salt = uuid.uuid4().hex
        self._session = session_tag if is_valid("SubjectToken", session_tag) else self._salt
        self._prefix = subjects.reply_inbox(self._session, self._salt).removesuffix(self._salt)
        self._pending: dict[str, _Pending] = {}
        self._count = 0

    async def subscribe(self, link: Link) -> None:
        await link.subscribe(f"{self._prefix}*", self._deliver)

    def expect(
        self,
        request_subject: str,
        *,
        message_id: str,
        account_id: str | None,
        on_event: Callable[[ReceivedMessage], object] = lambda message: None,
    ) -> AwaitedReply:
        """Args:
        request_subject: Where the request goes, for the error when nobody is there.
        message_id: The request's.
        account_id: The only account that may answer; None when the request went to a capability.
        on_event: Takes the events of a stream that comes before the reply; without it they are ignored.
        """
        self._count += 1
        token = f"{self._salt}{self._count}"
        reply: Expectation[ReceivedMessage] = Expectation(self._clock)
        self._pending[token] = _Pending(reply, request_subject, message_id, account_id, on_event)
        return AwaitedReply(reply, subjects.reply_inbox(self._session, token), lambda: self._pending.pop(token, None))

    def fail_all(self, error: AgentNetError) -> None:
        for pending in list(self._pending.values()):
            pending.reply.fail(error)

    async def _deliver(self, message: LinkMessage) -> None:
        pending = self._pending.get(message.subject.removeprefix(self._prefix))
        if pending is None:
            return
        if message.no_responders:
            pending.reply.fail(no_responders(pending.request_subject))
            return
        decoded = decode_json("Message", message.body)
        if isinstance(decoded, Parsed):
            reply = to_received_message(decoded.value)
            # A forged reply is ignored, and the waiting goes on: failing would let anybody end a request.
            if self._verifier is None or await self._is_answer(self._verifier, reply, decoded.text, pending):
                _arrive(reply, pending)
        elif self._verifier is None:
            pending.reply.fail(ValidationError("invalid_reply", f"the reply is no message: {decoded.detail}"))

    async def _is_answer(
        self, verifier: MessageVerifier, reply: ReceivedMessage, text: str, pending: "_Pending"
    ) -> bool:
        """A genuine reply to another request must not pass for the answer to this one."""
        if await verifier.refusal_for(reply, text) is not None or reply.parent_message_id != pending.message_id:
            return False
        return pending.account_id is None or reply.from_account_id == pending.account_id


def _arrive(message: ReceivedMessage, pending: _Pending) -> None:
    """The events of a stream are no reply: that comes after them."""
    if message.kind == "stream" and read_stream_event(message.payload):
        pending.on_event(message)
    else:
        pending.reply.arrive(message)
