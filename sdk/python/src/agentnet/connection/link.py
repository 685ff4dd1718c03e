"""One connection to NATS."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from agentnet_protocol import MessageHeaders, subjects
from nats import errors as nats_errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from ..errors import AgentNetError, TransportError
from .answer_to import answer_to
from .late_message import LateMessage, MadeWhenWritten
from .link_message import LinkMessage, to_link_message
from .link_subscription import LinkSubscription
from .nats_client import AtOnce, NatsClient
from .outgoing import Outgoing
from .read_urls import asks_for_tls, read_urls
from .tls_files import TlsFiles
from .to_agentnet_error import no_responders, to_agentnet_error, with_own_errors
from .why_not_connected import why_not_connected

_NO_FILES = TlsFiles()
_INBOX_PREFIX = subjects.patterns["plain_inbox"].removesuffix(".>")


OnMessage = Callable[[LinkMessage], Awaitable[None]]
Deliver = Callable[[LinkMessage], None]


class Link:
    """The generated `Transport`, which refuses to publish while the connection is down.

    nats-py would buffer such messages and might deliver them after the call that sent them has failed.
    """

    def __init__(self, *, on_error: Callable[[AgentNetError], object]) -> None:
        self._on_error = on_error
        self._client = NatsClient()
        self._is_up = False
        self._is_closing = False
        self._refusal: asyncio.Future[AgentNetError] | None = None
        self._untried = 0
        self._later: list[Callable[[], object]] = []
        self.on_reconnect: Callable[[], Awaitable[object]] | None = None
        self.on_disconnect: Callable[[AgentNetError], object] | None = None
        self.on_lost: Callable[[AgentNetError], object] | None = None

    @property
    def is_up(self) -> bool:
        return self._is_up

    @property
    def client(self) -> Client:
        """The client itself, for JetStream."""
        return self._client

    async def open(
        self,
        url: str,
        *,
        name: str,
        timeout: float,
        max_reconnect_attempts: int,
        inbox_prefix: str = _INBOX_PREFIX,
        tls: TlsFiles = _NO_FILES,
    ) -> None:
        """Connects within a hard deadline.

        Raises:
            AgentNetError: `connect_failed`, `authorization_failed`, `invalid_option`
        """
        servers, token = read_urls(url)
        self._client.demands_tls = asks_for_tls(servers)
        context = tls.context() if self._client.demands_tls else None
        refusal = self._refusal = asyncio.get_running_loop().create_future()
        self._untried = len(servers)
        connecting = asyncio.ensure_future(
            self._client.connect(
                servers=servers,
                name=name,
                token=token,
                tls=context,
                inbox_prefix=inbox_prefix,
                connect_timeout=max(1, round(timeout)),
                max_reconnect_attempts=max_reconnect_attempts,
                allow_reconnect=True,
                reconnect_time_wait=0.25,  # type: ignore[arg-type] # it sleeps for this long; fractions are fine
                error_cb=self._on_client_error,
                disconnected_cb=self._on_client_disconnect,
                reconnected_cb=self._on_client_reconnect,
                closed_cb=self._on_client_closed,
            )
        )
        try:
            await asyncio.wait({connecting, refusal}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if connecting.done() and not connecting.cancelled() and connecting.exception() is None:
                self._is_up = True
                return
            failed = connecting.exception() if connecting.done() and not connecting.cancelled() else None
            refused = refusal.result() if refusal.done() else None
            raise why_not_connected(url, failed, refused, timeout)
        finally:
            self._refusal = None
            if not connecting.done():
                connecting.cancel()
                await asyncio.gather(connecting, return_exceptions=True)
            if not self._is_up:
                self._is_closing = True
                await self._client.close()

    def new_inbox(self) -> str:
        """A reply subject that was never used before."""
        return self._client.new_inbox()

    async def request(
        self, subject: str, body: bytes, *, timeout_ms: int, reply: str = "", headers: MessageHeaders | None = None
    ) -> bytes:
        self._require_up()
        self._client.write_posted()
        asked = Outgoing(subject, body, reply, headers)
        try:
            return bytes((await answer_to(asked, self._client, timeout=timeout_ms / 1000)).data)
        except nats_errors.NoRespondersError as cause:
            raise no_responders(subject) from cause
        except (nats_errors.TimeoutError, asyncio.TimeoutError) as cause:
            raise TransportError("request_timeout", f"no reply on {subject} within {timeout_ms} ms") from cause
        except nats_errors.Error as cause:
            raise to_agentnet_error(cause) from cause

    async def publish(
        self,
        subject: str,
        body: bytes,
        *,
        reply: str = "",
        headers: MessageHeaders | None = None,
        at_once: bool = False,
    ) -> None:
        """`at_once`: there is nothing to share a write with."""
        self.post(subject, body, reply=reply, headers=headers, at_once=at_once)
        await self.thin_out()

    async def thin_out(self) -> None:
        """Writes at once, and waits while the server does not read, when more is waiting than should."""
        if self._client.is_crowded:
            await with_own_errors(self._client.write_crowd())

    def post(
        self,
        subject: str,
        body: bytes,
        *,
        reply: str = "",
        headers: MessageHeaders | None = None,
        at_once: bool = False,
    ) -> None:
        """As `publish`, without ever waiting. What is posted in one turn of the event loop leaves in one write.

        Raises:
            AgentNetError: `connection_closed`, `message_too_large`, `invalid_subject_token`
        """
        self._require_up()
        try:
            self._client.post(Outgoing(subject, body, reply, headers), at_once=at_once)
        except nats_errors.Error as cause:
            raise to_agentnet_error(cause) from cause

    def post_late(self, message: LateMessage, size: int, *, gives_way: bool = False) -> None:
        """As `post`, for a message of about `size` bytes that is made, if at all, when it leaves.

        Args:
            message: What is made.
            size: For the bytes that wait.
            gives_way: Whether work that has begun by now has its turn first.

        Raises:
            AgentNetError: `connection_closed`
        """
        self._require_up()
        try:
            late = MadeWhenWritten(message, self._client, self._on_error)
            self._client.post_late(late, size, gives_way=gives_way)
        except nats_errors.Error as cause:
            raise to_agentnet_error(cause) from cause

    def ride(
        self, subject: str, body: bytes, *, headers: MessageHeaders | None = None, on_dropped: Callable[[], object]
    ) -> None:
        """Posts what nobody waits for, in the next write of something else where one comes soon; `on_dropped` hears
        that the connection was lost before.

        Raises:
            AgentNetError: as `post`
        """
        self._require_up()
        try:
            self._client.ride(Outgoing(subject, body, headers=headers), on_dropped)
        except nats_errors.Error as cause:
            raise to_agentnet_error(cause) from cause

    def afterwards(self, work: Callable[[], object]) -> None:
        """Runs `work` once what has begun by now has had its turn and what it posted has left; at the latest before the
        link is flushed or closed."""
        self._later.append(work)
        if len(self._later) == 1:
            loop = asyncio.get_running_loop()
            # Tasks that begin later in this turn, for other messages of the same read, have theirs in the next one.
            loop.call_soon(loop.call_soon, self._work_off)

    async def subscribe(self, subject: str, on_message: OnMessage, *, queue: str = "") -> LinkSubscription:
        async def deliver(message: Msg) -> None:
            try:
                await on_message(to_link_message(message))
            except Exception as cause:  # What escapes a callback would be lost inside the client.
                self._on_error(to_agentnet_error(cause))

        return LinkSubscription(await with_own_errors(self._client.subscribe(subject, queue=queue, cb=deliver)))

    async def listen(self, subject: str, deliver: Deliver, *, queue: str = "") -> LinkSubscription:
        """As `subscribe`, for what takes a message without waiting: it gets each as it comes off the socket."""

        def take(message: Msg) -> None:
            try:
                deliver(to_link_message(message))
            except Exception as cause:  # As above.
                self._on_error(to_agentnet_error(cause))

        subscribing = self._client.subscribe(subject, queue=queue, future=AtOnce(take))
        return LinkSubscription(await with_own_errors(subscribing))

    async def flush(self) -> None:
        """Returns when the server has processed everything published and subscribed so far."""
        self._work_off()
        # The client's ping would overtake what it has not written yet.
        self._client.write_posted()
        await with_own_errors(self._client.flush())

    async def close(self, timeout: float) -> None:
        """Delivers what is under way, then closes; after `timeout` seconds it only closes. Safe to call twice."""
        self._is_closing = True
        with contextlib.suppress(nats_errors.Error, asyncio.TimeoutError):
            if self._is_up:
                self._work_off()
                self._client.write_posted()
                await asyncio.wait_for(self._client.flush(), timeout)
        self._work_off()
        self._is_up = False
        # What was posted while the flush was awaited: the client drops it once it is closed.
        self._client.write_posted()
        await self._client.close()

    def _work_off(self) -> None:
        later, self._later = self._later, []
        if later:
            self._client.write_posted()
        for work in later:
            work()

    def _require_up(self) -> None:
        if not self._is_up:
            raise _closed()

    async def _on_client_error(self, error: Exception) -> None:
        known = to_agentnet_error(error)
        if self._refusal is not None:
            # nats-py would try for ever; once round all servers is enough to tell that none is there.
            self._untried -= isinstance(error, OSError)
            if not self._refusal.done() and (known.code == "authorization_failed" or self._untried == 0):
                self._refusal.set_result(known)
        elif not self._is_closing:
            self._on_error(known)

    async def _on_client_disconnect(self) -> None:
        if self._is_up and not self._is_closing:
            self._is_up = False
            error = _closed()
            self._on_error(error)
            if self.on_disconnect:
                self.on_disconnect(error)

    async def _on_client_reconnect(self) -> None:
        self._is_up = True
        if self.on_reconnect:
            await self.on_reconnect()

    async def _on_client_closed(self) -> None:
        self._is_up = False
        if not self._is_closing and self.on_lost:
            self.on_lost(_closed())


def _closed() -> TransportError:
    return TransportError("connection_closed", "the connection to NATS is down")
