"""An agent on the network."""

import asyncio
import signal
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from agentnet_protocol import RegistryClient, limits

from .agent_session import AgentSession, open_session
from .errors import TransportError, ValidationError
from .events import EventBus, EventListener, EventName
from .inbox.run_handler import MessageHandler
from .metrics.agent_metrics import AgentMetrics, no_session
from .options import AgentOptions
from .outbox.request import RequestOptions, request
from .outbox.resolve_target import Target, account_target, capability_target, resolve_target, username_target
from .outbox.send import Delivery, SendOptions, send
from .presence.change_key import KeyRotation, revoke_key, rotate_key
from .received_message import ReceivedMessage
from .streams.ask_stream import AnswerStream, AskStreamOptions
from .streams.pump_text import TextChunks
from .streams.stream_text import SentStream, StreamTextOptions, stream_text

_Handler = TypeVar("_Handler", bound=MessageHandler)

JOIN_SECONDS = (limits.CONNECT_TIMEOUT_MS + limits.REGISTER_TIMEOUT_MS) / 1000


class AgentNode:
    """Joins, sends, asks, answers.

    Every option of `AgentOptions` is a keyword argument. Every method that sends fails with `not_connected` before
    `start()` and with `connection_closed` while there is no connection.
    """

    def __init__(self, agent_id: str, **options: Any) -> None:
        try:
            self._options = AgentOptions(agent_id=agent_id, **options)
        except TypeError as cause:
            raise ValidationError(
                "invalid_option", str(cause).replace("AgentOptions.__init__()", "AgentNode")
            ) from None
        self._metrics = AgentMetrics()
        self._events = EventBus(self._options.on_error)
        self._handler: MessageHandler | None = None
        self._session: AgentSession | None = None
        self._joining = asyncio.Lock()

    def on_message(self, handler: _Handler) -> _Handler:
        """Sets the one handler of inbox and capability messages, also as a decorator; without one the agent only sends.

        Raises:
            ValidationError: `invalid_option` after `start()`, or when there is a handler already.
        """
        if not callable(handler):
            raise ValidationError("invalid_option", "the handler must be a function")
        if self._session:
            raise ValidationError("invalid_option", "call on_message before start()")
        if self._handler:
            raise ValidationError("invalid_option", "on_message was called before; an agent has one handler")
        self._handler = handler
        return handler

    def on(self, name: EventName, listener: EventListener) -> Callable[[], None]:
        """Hears what happens to this node from now on; the returned function ends it."""
        return self._events.on(name, listener)

    async def start(self, *, timeout: float = JOIN_SECONDS) -> None:
        """Joins the network. When it returns, the agent is subscribed and online; a second call does nothing.

        Raises:
            AgentNetError: `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`, and what
                the registry refuses a registration with.
        """
        async with self._joining:
            if self._session and self._session.is_lost:
                await self._leave()
            if self._session:
                return
            opening = open_session(self._options, handler=self._handler, metrics=self._metrics, events=self._events)
            try:
                self._session = await asyncio.wait_for(opening, timeout)
            except asyncio.TimeoutError:
                raise TransportError("request_timeout", f"joining took longer than {timeout:g} s") from None

    async def start_forever(self, *, timeout: float = JOIN_SECONDS) -> None:
        """Joins, stays until the process gets SIGINT or SIGTERM, then leaves in order.

        Raises:
            AgentNetError: As `start`; `connection_closed` when the connection was lost for good.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            await self.start(timeout=timeout)
            session = self._joined()
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait([session.ended, stopping], return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]
            stopping.cancel()
            lost = session.ended.result() if session.ended.done() else None
            await self.close()
            if lost:
                raise lost
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def close(self) -> None:
        """Leaves: takes no new work, waits up to `drain_timeout_seconds` for accepted work, refuses the rest with a
        receipt, says goodbye, disconnects. Afterwards `start()` may be called again."""
        async with self._joining:
            await self._leave()

    async def __aenter__(self) -> "AgentNode":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, *, to: str, payload: Any, **options: Any) -> Delivery:
        """Sends one message and waits for its first receipt; on silence the identical bytes are sent again, 3 times in
        all by default. With `until="processed"` it then waits for the final receipt.

        Args:
            to: `account:<id>`, `acct_…`, `username:<name>`, `@name` or a bare name.
            payload: Any JSON value.
            **options: `SendOptions`.

        Raises:
            AgentNetError: `invalid_target`, `not_found`, `delivery_ack_timeout`, `delivery_rejected`,
                `delivery_ack_unusable`, `processed_timeout`, `outcome_unknown`, `invalid_payload`, `message_too_large`
        """
        return await self._send(await resolve_target(to, self._joined().outbox.usernames), payload, options)

    async def send_to_account(self, *, to_account_id: str, payload: Any, **options: Any) -> Delivery:
        """As `send`, to an account id."""
        return await self._send(account_target(to_account_id), payload, options)

    async def send_to_username(self, *, username: str, payload: Any, **options: Any) -> Delivery:
        """As `send`, to a username; it costs one registry call, remembered for a while."""
        return await self._send(await username_target(username, self._joined().outbox.usernames), payload, options)

    async def send_to_capability(self, *, capability: str, payload: Any, **options: Any) -> Delivery:
        """As `send`, to one of the agents that offer a capability."""
        return await self._send(capability_target(capability), payload, options)

    async def request(self, *, to: str, payload: Any, **options: Any) -> ReceivedMessage:
        """Sends one message and waits for the reply. Nothing is sent again.

        Args:
            to: As in `send`.
            payload: Any JSON value.
            **options: `RequestOptions`; `timeout` in seconds.

        Raises:
            AgentNetError: `request_timeout`, `recipient_offline`, `invalid_target`, `not_found`, `invalid_payload`,
                `message_too_large`; an error reply's code (`busy`, `handler_error`, ...) unless `raise_on_error=False`
        """
        return await self._request(await resolve_target(to, self._joined().outbox.usernames), payload, options)

    async def request_account(self, *, to_account_id: str, payload: Any, **options: Any) -> ReceivedMessage:
        """As `request`, to an account id."""
        return await self._request(account_target(to_account_id), payload, options)

    async def request_username(self, *, username: str, payload: Any, **options: Any) -> ReceivedMessage:
        """As `request`, to a username; it costs one registry call, remembered for a while."""
        return await self._request(await username_target(username, self._joined().outbox.usernames), payload, options)

    async def request_capability(self, *, capability: str, payload: Any, **options: Any) -> ReceivedMessage:
        """As `request`, to one of the agents that offer a capability."""
        return await self._request(capability_target(capability), payload, options)

    async def stream_text(self, *, to: str, chunks: TextChunks, **options: Any) -> SentStream:
        """Sends text to an account while it is being made, in as few messages as its rate limit allows; the last one
        has the whole text. When it returns, the receiver has accepted every event. Cancelling its task ends the
        stream with `stream_error`.

        Args:
            to: As in `send`.
            chunks: The text in pieces of any size, read only as fast as it can be sent.
            **options: `StreamTextOptions`.

        Raises:
            AgentNetError: `stream_source_failed`, `invalid_target` for a capability, and what `send` fails with.
        """
        outbox = self._joined().outbox
        described = _read(StreamTextOptions, options)
        return await stream_text(outbox, await resolve_target(to, outbox.usernames), chunks, described)

    def ask_stream(self, *, to: str, payload: Any, **options: Any) -> AnswerStream:
        """Sends one request, at once, and gives its answer while it is being made; no handler is needed. An answer that
        is no stream is given as one piece.

        Args:
            to: Any target, `capability:<name>` included.
            payload: Any JSON value.
            **options: `AskStreamOptions`; `idle_timeout` in seconds.

        Returns:
            `async for` it for the deltas in order, `await` its `text` for the whole. Reading raises `stream_failed`,
            `stream_gap`, `stream_timeout`, `stream_too_large`, `recipient_offline`, `cancelled`, the code of an error
            reply, and what `request` fails with. Spec: rules `stream.reply.subject`, `stream.ask.inbox`.
        """
        return AnswerStream(self._joined().outbox, to, _read(AskStreamOptions, {"payload": payload, **options}))

    async def reply(self, request: ReceivedMessage, payload: Any) -> None:
        """Answers a request.

        Raises:
            AgentNetError: `invalid_target` when its sender waits for no reply; `invalid_payload`, `message_too_large`
        """
        await self._joined().reply(request, payload)

    async def resolve_username(self, username: str) -> str:
        """The account id of a username.

        Raises:
            AgentNetError: `not_found`, `invalid_target`, `registry_unavailable`, `request_timeout`
        """
        return await self._joined().outbox.usernames.resolve(username)

    async def rotate_key(self) -> KeyRotation:
        """Replaces the account's key; the old one signs the new one and stays valid for messages under way. No crash
        loses it: after a failure call it again. Spec: operation `rotate_key`.

        Raises:
            AgentNetError: `invalid_option` without dev auth; `auth_…`, `registry_unavailable`, `request_timeout`,
                `key_file_unusable`
        """
        return await rotate_key(self._joined().key_changer)

    async def revoke_key(self, *, public_key: str | None = None) -> None:
        """Withdraws the key that `rotate_key` replaced, or without `public_key` the present one: then the account is
        dead until an operator binds another.

        Raises:
            AgentNetError: As `rotate_key`.
        """
        await revoke_key(self._joined().key_changer, public_key)

    @property
    def registry(self) -> RegistryClient:
        """The registry's queries."""
        return self._joined().outbox.registry

    @property
    def account_id(self) -> str:
        """The account this agent joined."""
        return self._joined().identity.account_id

    @property
    def username(self) -> str:
        """The account's username, as the registry normalised it."""
        return self._joined().identity.username

    @property
    def session_tag(self) -> str:
        """Identity of this stay on the network."""
        return self._joined().identity.session_tag

    def metrics_snapshot(self) -> dict[str, Any]:
        """Counters and latencies since this node was made."""
        figures = self._session.figures if self._session else no_session(self._options.resolve_cache_ttl_seconds)
        return {"agent_id": self._options.agent_id, **figures, **self._metrics.snapshot()}

    def _joined(self) -> AgentSession:
        if self._session is None:
            raise TransportError("not_connected", "the agent is not on the network; await start() first")
        return self._session

    async def _leave(self) -> None:
        session = self._session
        if session:
            try:
                await session.close()
            finally:
                self._session = None

    async def _send(self, target: Target, payload: Any, options: dict[str, Any]) -> Delivery:
        return await send(self._joined().outbox, target, _read(SendOptions, {"payload": payload, **options}))

    async def _request(self, target: Target, payload: Any, options: dict[str, Any]) -> ReceivedMessage:
        return await request(self._joined().outbox, target, _read(RequestOptions, {"payload": payload, **options}))


_Options = TypeVar("_Options", SendOptions, RequestOptions, StreamTextOptions, AskStreamOptions)


def _read(kind: type[_Options], options: dict[str, Any]) -> _Options:
    try:
        return kind(**options)
    except TypeError as cause:
        raise ValidationError("invalid_option", str(cause).replace(f"{kind.__name__}.__init__()", "the call")) from None
