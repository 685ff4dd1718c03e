"""The streams a session has asked for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agentnet_protocol import limits, subjects

from ..connection.link import Link
from ..connection.link_message import LinkMessage
from ..connection.link_subscription import LinkSubscription
from ..errors import AgentNetError
from ..identity.message_verifier import MessageVerifier
from ..inbox.incoming import Incoming, decode_message
from ..received_message import ReceivedMessage
from .stream_event import read_stream_event
from .stream_join import StreamJoin
from .stream_key import stream_key


@dataclass(eq=False, kw_only=True)
class AskedStream:
    """A request whose answer is a stream."""

    request_id: str
    thread_id: str
    account_id: str | None
    """Who was asked; None for a capability."""
    join: StreamJoin
    key: str | None = None
    """The stream that answers, once something of it has come."""


class AskedStreams:
    """While there are any, the session listens to the account's inbox without a queue group: peers that do not stream
    to reply subjects answer there, and the queue group may hand their messages to another session. Spec: rule
    `stream.ask.inbox`."""

    def __init__(
        self,
        link: Link,
        *,
        account_id: str,
        max_payload_bytes: int,
        verifier: MessageVerifier | None,
        on_taken: Callable[[ReceivedMessage], Awaitable[None]],
    ) -> None:
        """Args:
        link: To listen on.
        account_id: This session's.
        max_payload_bytes: Larger messages are ignored.
        verifier: Present with dev auth on.
        on_taken: A message was overheard on the inbox and taken.
        """
        self._link = link
        self._account_id = account_id
        self._max_payload_bytes = max_payload_bytes
        self._verifier = verifier
        self._on_taken = on_taken
        self._asked: list[AskedStream] = []
        # The inbox's own copy of an event may come after the overheard one has ended the stream. Oldest first.
        self._ended: dict[str, None] = {}
        self._listening: asyncio.Task[LinkSubscription] | None = None

    async def add(self, asked: AskedStream) -> None:
        """Returns when the server knows that this session listens."""
        self._asked.append(asked)
        if self._listening is None:
            self._listening = asyncio.ensure_future(self._listen())
        await asyncio.shield(self._listening)

    async def remove(self, asked: AskedStream) -> None:
        self._asked.remove(asked)
        if asked.key is not None:
            self._ended[asked.key] = None
            if len(self._ended) > limits.STREAM_FINISHED_MAX_ENTRIES:
                del self._ended[next(iter(self._ended))]
        listening = self._listening
        if self._asked or listening is None:
            return
        self._listening = None
        await asyncio.wait([listening])
        if not listening.cancelled() and listening.exception() is None:
            await listening.result().unsubscribe()

    def offer(self, message: ReceivedMessage) -> bool:
        """Gives a message to the request it answers; False when there is none."""
        event = read_stream_event(message.payload) if message.kind == "stream" else None
        if event is None or not (self._asked or self._ended):
            return False
        key = stream_key(message, event.stream_id)
        asked = self._asked_by(message, key)
        if asked is None:
            return key in self._ended
        asked.key = key
        asked.join.take(event)
        return True

    def fail_all(self, error: AgentNetError) -> None:
        for asked in list(self._asked):
            asked.join.fail(error)

    def _asked_by(self, message: ReceivedMessage, key: str) -> AskedStream | None:
        """The stream's own request, else the one it names as parent, else the oldest in the thread that still waits."""
        candidates = [
            asked
            for asked in self._asked
            if asked.thread_id == message.thread_id and asked.account_id in (None, message.from_account_id)
        ]
        waiting = [asked for asked in candidates if asked.key is None] if key not in self._ended else []
        own = [asked for asked in candidates if asked.key == key]
        named = [asked for asked in waiting if asked.request_id == message.parent_message_id]
        return next(iter(own + named + waiting), None)

    async def _listen(self) -> LinkSubscription:
        subscription = await self._link.subscribe(subjects.account_inbox(self._account_id), self._overhear)
        await self._link.flush()
        return subscription

    async def _overhear(self, raw: LinkMessage) -> None:
        decoded = decode_message(raw, self._max_payload_bytes)
        if not isinstance(decoded, Incoming) or decoded.event is None:
            return
        message = decoded.message
        if self._verifier and await self._verifier.refusal_for(message, decoded.text, raw, purpose="message"):
            return
        if self.offer(message):
            await self._on_taken(message)
