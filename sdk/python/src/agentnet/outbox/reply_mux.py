"""Replies to the requests of one session."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from agentnet_protocol import Decoded, ErrorCode, Parsed, decode_json, is_valid, subjects

from ..clock import Clock
from ..connection.link import Link
from ..connection.link_message import LinkMessage
from ..connection.to_agentnet_error import no_responders
from ..errors import AgentNetError, ValidationError
from ..received_message import ReceivedMessage, to_received_message
from ..streams.stream_event import read_stream_event
from .expectation import Expectation
from .forged import Forged, ForgeryGuard


@dataclass(frozen=True)
class AwaitedReply:
    """One request's wait for its reply."""

    subject: str
    """Where the reply is expected: the request's NATS reply subject."""
    forget: Callable[[], object]
    _pending: "_Pending"

    @property
    def reply(self) -> Expectation[ReceivedMessage]:
        return self._pending.reply

    @property
    def ignored(self) -> ErrorCode | None:
        """Why the last reply that failed verification was ignored."""
        return self._pending.ignored


@dataclass
class _Pending:
    reply: Expectation[ReceivedMessage]
    request_subject: str
    message_id: str
    account_id: str | None
    on_event: Callable[[ReceivedMessage], object]
    ignored: ErrorCode | None = None


class ReplyMux:
    """All replies of one session arrive on one subscription; the last token of the subject tells them apart.

    Spec: channel `replyInbox`.
    """

    def __init__(self, session_tag: str, clock: Clock, guard: ForgeryGuard | None = None) -> None:
        """With a guard, only replies signed by the account that was asked count."""
        self._guard = guard
        self._verifying: set[asyncio.Task[None]] = set()
        self._clock = clock
        # Not guessable from the session tag, which everybody can see.
        self._salt = uuid.uuid4().hex
        session = session_tag if is_valid("SubjectToken", session_tag) else self._salt
        self._prefix = subjects.reply_inbox(session, self._salt).removesuffix(self._salt)
        self._pending: dict[str, _Pending] = {}
        self._count = 0

    @property
    def waiting(self) -> int:
        """Requests whose reply has not come."""
        return len(self._pending)

    async def subscribe(self, link: Link) -> None:
        await link.listen(f"{self._prefix}*", self._deliver)

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
        pending = _Pending(reply, request_subject, message_id, account_id, on_event)
        self._pending[token] = pending
        # The prefix is the builder's, and the token is made of hex digits.
        return AwaitedReply(self._prefix + token, lambda: self._pending.pop(token, None), pending)

    def fail_all(self, error: AgentNetError) -> None:
        for pending in list(self._pending.values()):
            pending.reply.fail(error)

    def _deliver(self, message: LinkMessage) -> None:
        pending = self._pending.get(message.subject.removeprefix(self._prefix))
        if pending is None:
            return
        if message.no_responders:
            pending.reply.fail(no_responders(pending.request_subject))
            return
        decoded = decode_json("Message", message.body)
        if self._guard:
            # A task, because one reply whose key is looked up must not hold up the others; they stay in order.
            task = asyncio.ensure_future(_deliver_verified(self._guard, decoded, message, pending))
            self._verifying.add(task)
            task.add_done_callback(self._verifying.discard)
        elif isinstance(decoded, Parsed):
            _arrive(to_received_message(decoded.value), pending)
        else:
            pending.reply.fail(ValidationError("invalid_reply", f"the reply is no message: {decoded.detail}"))


async def _deliver_verified(guard: ForgeryGuard, decoded: Decoded, raw: LinkMessage, pending: _Pending) -> None:
    """A forged reply is ignored, and the waiting goes on: failing would let anybody end a request."""
    code: ErrorCode = "auth_missing"
    if isinstance(decoded, Parsed):
        reply = to_received_message(decoded.value)
        refusal = await guard.verifier.refusal_for(reply, decoded.text, raw, purpose="reply")
        if refusal is None and _answers(reply, pending):
            _arrive(reply, pending)
            return
        code = refusal or "auth_recipient_mismatch"
    pending.ignored = code
    guard.on_forged(Forged("reply", pending.message_id, code))


def _answers(reply: ReceivedMessage, pending: _Pending) -> bool:
    """A genuine reply to another request must not pass for the answer to this one."""
    is_from_asked = pending.account_id is None or reply.from_account_id == pending.account_id
    return reply.parent_message_id == pending.message_id and is_from_asked


def _arrive(message: ReceivedMessage, pending: _Pending) -> None:
    """The events of a stream are no reply: that comes after them."""
    if message.kind == "stream" and read_stream_event(message.payload):
        pending.on_event(message)
    else:
        pending.reply.arrive(message)
