"""One stay on the network, from register to goodbye."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from agentnet_protocol import RegistryClient, limits, subjects

from .connection.link import Link
from .connection.link_subscription import LinkSubscription
from .connection.patient_transport import registry_client
from .errors import AgentNetError, TransportError, ValidationError
from .events import EventBus
from .inbox.inbox import Inbox
from .inbox.receipts import Receipts
from .inbox.run_handler import MessageHandler
from .inbox.shared_outcomes import SharedOutcomes
from .metrics.agent_metrics import AgentMetrics
from .options import AgentOptions
from .outbox.await_receipt import ReceiptDesk
from .outbox.build_message import Sender
from .outbox.forged import ForgeryGuard, note_forged
from .outbox.outbox import Outbox
from .outbox.reply import Replier, reply
from .outbox.reply_mux import ReplyMux
from .outbox.seal import SealedPublisher
from .outbox.username_resolver import UsernameResolver
from .presence.change_key import KeyChanger
from .presence.heartbeat import Heartbeat
from .presence.register import Session, register
from .presence.signing import Signing, SigningParts
from .received_message import ReceivedMessage
from .streams.asked_streams import AskedStreams
from .streams.pacer import Pacers

_CLOSE_SECONDS = limits.CONNECT_TIMEOUT_MS / 1000


class AgentSession:
    """Made by `open_session`."""

    def __init__(
        self,
        identity: Session,
        link: Link,
        options: AgentOptions,
        signing: Signing | None,
        *,
        handler: MessageHandler | None,
        metrics: AgentMetrics,
        events: EventBus,
    ) -> None:
        clock, registry = options.clock, registry_client(link, options.clock)
        verifier = signing.verifier_for(identity) if signing else None
        guard = ForgeryGuard(verifier, note_forged(metrics, events)) if verifier else None
        sender = _sender_of(identity, signing)
        self.identity = identity
        max_bytes, publisher = options.max_payload_bytes, SealedPublisher(link, sender)
        self.replier = Replier(sender=sender, max_payload_bytes=max_bytes, clock=clock, publisher=publisher)
        self._receipts = receipts = Receipts(self.replier, events.report)
        self._shared = _shared_outcomes(link, identity, options, events) if handler else None
        self.outbox = Outbox(
            sender=sender,
            link=link,
            registry=registry,
            receipts=ReceiptDesk(clock, guard),
            replies=ReplyMux(identity.session_tag, clock, guard),
            usernames=_usernames_of(registry, options, metrics),
            metrics=metrics,
            events=events,
            options=options,
            clock=clock,
            pacers=Pacers(clock),
            asked=AskedStreams(
                link,
                account_id=identity.account_id,
                max_payload_bytes=max_bytes,
                verifier=verifier,
                on_taken=_on_taken(receipts, handler),
            ),
            asked_receipts="with_reply" if identity.has_receipts_with_reply else None,
        )
        self.ended: asyncio.Future[AgentNetError | None] = asyncio.get_running_loop().create_future()
        """Done when the session is over: with the reason, if it was lost."""
        self.is_lost = False
        """Whether the connection ended for good without `close()`."""
        self._inbox = handler and Inbox(
            handler,
            options,
            self.replier,
            outbox=self.outbox,
            receipts=receipts,
            shared=self._shared,
            verifier=verifier,
            metrics=metrics,
            events=events,
        )
        self._signing = signing
        presence = signing.presence if signing else registry
        self._heartbeat = Heartbeat(presence, identity, link, clock=clock, on_error=events.report)
        self._subscriptions: list[LinkSubscription] = []

    @property
    def figures(self) -> dict[str, Any]:
        """The session's part of a metrics snapshot."""
        inbox = self._inbox
        return {
            "account_id": self.identity.account_id,
            "username": self.identity.username,
            "session_tag": self.identity.session_tag,
            "inflight_count": inbox.queue.running + inbox.streams.lanes.running if inbox else 0,
            "pending_count": inbox.queue.pending + inbox.streams.lanes.pending if inbox else 0,
            "circuit_open": inbox.breakers.is_any_open if inbox else False,
            "username_cache": self.outbox.usernames.statistics,
        }

    @property
    def key_changer(self) -> KeyChanger:
        """What the account's key is changed with.

        Raises:
            ValidationError: `invalid_option` without dev auth.
        """
        signing = self._signing
        if signing is None:
            raise ValidationError("invalid_option", "the agent has no key; start it with dev_auth=True")
        return KeyChanger(
            self.outbox.link, signing.signer, signing.store, self.identity.account_id, self.outbox.options.clock
        )

    async def reply(self, message: ReceivedMessage, payload: Any) -> None:
        """Answers a request; its copies will get the same answer."""
        if self._inbox:
            await self._inbox.reply(message, payload)
        else:
            await reply(self.replier, message, payload)

    async def start(self) -> None:
        """Subscribes, waits until the server knows the subscriptions, and only then says hello."""
        link = self.outbox.link
        link.on_reconnect = self._returned
        link.on_disconnect = self._disconnected
        link.on_lost = self._lose
        await link.listen(subjects.account_receipts(self.identity.account_id), self.outbox.receipts.deliver)
        if self._signing:
            await self._signing.listen(self.identity.account_id)
        await self.outbox.replies.subscribe(link)
        if self._inbox:
            self._subscriptions = await self._inbox.subscribe(link, self.identity)
        await link.flush()
        await self._heartbeat.beat()
        await link.flush()

    async def close(self) -> None:
        """Takes no new work, finishes or refuses what was accepted, says goodbye and disconnects."""
        link = self.outbox.link
        # First, so that other sessions of the account get the work; what the server has already sent is still taken.
        for subscription in self._subscriptions:
            await (subscription.drain() if link.is_up else subscription.unsubscribe())
        if self._inbox:
            await self._inbox.drain(self.outbox.options.drain_timeout_seconds)
        self._heartbeat.stop()
        self._fail_pending(TransportError("connection_closed", "the agent was closed"))
        if link.is_up:
            await self._heartbeat.goodbye()
        await link.close(_CLOSE_SECONDS)
        self._end(None)

    def stop_heartbeat(self) -> None:
        self._heartbeat.stop()

    async def _returned(self) -> None:
        """nats-py has renewed the subscriptions already."""
        await self._heartbeat.beat()
        if self._shared:
            self._shared.reconnected()
        self._receipts.outbox.settle()
        if self._signing:
            self._signing.keys.forget_all()
        if self.outbox.events.has("reconnected"):
            self.outbox.events.emit("reconnected", session_tag=self.identity.session_tag)

    def _disconnected(self, error: AgentNetError) -> None:
        if self.outbox.events.has("disconnected"):
            self.outbox.events.emit("disconnected", error=error)

    def _lose(self, reason: AgentNetError) -> None:
        self.is_lost = True
        self._heartbeat.stop()
        self._fail_pending(reason)
        self._end(reason)

    def _fail_pending(self, error: AgentNetError) -> None:
        self.outbox.receipts.fail_all(error)
        self.outbox.replies.fail_all(error)
        self.outbox.asked.fail_all(error)

    def _end(self, reason: AgentNetError | None) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)


async def open_session(
    options: AgentOptions, *, handler: MessageHandler | None, metrics: AgentMetrics, events: EventBus
) -> AgentSession:
    """Connects, registers, subscribes, says hello."""
    link = Link(on_error=events.report)
    await link.open(
        options.nats_url,
        name=f"agentnet-py-{options.agent_id}",
        timeout=options.connect_timeout_seconds,
        max_reconnect_attempts=options.max_reconnect_attempts,
        tls=options.tls_files,
    )
    session: AgentSession | None = None
    try:
        signing = Signing(SigningParts(link, options, events.report)) if options.signs else None
        identity = await (signing.register() if signing else _register_unsigned(link, options))
        session = AgentSession(identity, link, options, signing, handler=handler, metrics=metrics, events=events)
        await session.start()
    except BaseException:
        if session:
            session.stop_heartbeat()
        await link.close(_CLOSE_SECONDS)
        raise
    return session


async def _register_unsigned(link: Link, options: AgentOptions) -> Session:
    return (await register(registry_client(link, options.clock), options)).session


def _sender_of(identity: Session, signing: Signing | None) -> Sender:
    return Sender(
        agent_id=identity.agent_id,
        account_id=identity.account_id,
        session_tag=identity.session_tag,
        signer=signing.signer if signing else None,
    )


def _usernames_of(registry: RegistryClient, options: AgentOptions, metrics: AgentMetrics) -> UsernameResolver:
    return UsernameResolver(
        registry,
        clock=options.clock,
        ttl_seconds=options.resolve_cache_ttl_seconds,
        latency=metrics.latency["resolve_username"],
    )


def _on_taken(receipts: Receipts, handler: MessageHandler | None) -> Callable[[ReceivedMessage], Awaitable[None]]:
    """With a handler, the session's inbox sends the receipts of what a stream took."""

    async def acknowledge(message: ReceivedMessage) -> None:
        if handler is None:
            receipts.publish(message, "accepted")
            receipts.publish(message, "processed")

    return acknowledge


def _shared_outcomes(link: Link, identity: Session, options: AgentOptions, events: EventBus) -> SharedOutcomes | None:
    """None where nothing is shared anyway."""
    if options.shared_dedupe == "off":
        return None

    def degrade(error: AgentNetError) -> None:
        if events.has("degraded"):
            events.emit("degraded", feature="shared_dedupe", error=error)

    return SharedOutcomes(
        link.client, options, account_id=identity.account_id, session_tag=identity.session_tag, on_degraded=degrade
    )
