"""What one session receives with."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from agentnet_protocol import encode_json, queue_groups, subjects

from ..clock import timestamp
from ..connection.link import Link, LinkMessage, LinkSubscription
from ..connection.to_agentnet_error import to_agentnet_error
from ..errors import AgentNetError
from ..events import EventBus
from ..identity.message_verifier import MessageVerifier
from ..metrics.agent_metrics import AgentMetrics
from ..options import AgentOptions
from ..outbox.reply import Replier, reply, reply_with_error
from ..presence.register import Session
from ..received_message import ReceivedMessage
from .gates import AFTER_SIGNATURE, EXPIRED, SERVICE_DEGRADED, SHUTTING_DOWN, schema_version
from .incoming import Incoming, decode_message
from .limits_per_sender import Breakers, RateLimiter, sender_of
from .outcomes import Outcomes
from .refusal import Refusal, refusal_of
from .repeat import fail_copies, settle_copies, share_outcome
from .work_queue import WorkQueue

MessageHandler: TypeAlias = Callable[..., Awaitable[object] | object]
"""Handles one message: `async def handle(message)` or `async def handle(message, context)`. When it returns, the sender
gets `processed`; when it raises, `handler_error` without the error's text. It is cancelled at the work timeout."""

_TIMED_OUT = refusal_of("timeout")
_FAILED = refusal_of("handler_error")


@dataclass(frozen=True)
class HandlerContext:
    """What a handler has besides the message."""

    _inbox: Inbox
    _incoming: Incoming

    async def reply(self, payload: Any) -> None:
        """Answers the message; its copies will get the same answer.

        Raises:
            AgentNetError: `invalid_target` when the sender waits for no reply; `invalid_payload`, `message_too_large`,
                `connection_closed`
        """
        await self._inbox.reply(self._incoming.message, payload)


class Inbox:
    """Gates, a bounded queue and workers; every accepted message ends with a final receipt."""

    def __init__(
        self,
        handler: MessageHandler,
        options: AgentOptions,
        replier: Replier,
        *,
        verifier: MessageVerifier | None,
        metrics: AgentMetrics,
        events: EventBus,
    ) -> None:
        self._verifier = verifier
        self.options = options
        self.clock = options.clock
        self.replier = replier
        self.metrics = metrics
        self.events = events
        self.is_accepting = True
        """False once the session refuses new work."""
        self.outcomes = Outcomes(options.dedupe_ttl_seconds, options.clock)
        self.rates = RateLimiter(options.rate_limit_per_sender_per_sec, options.rate_limit_burst, options.clock)
        self.breakers = Breakers(options.circuit_breaker_failures, options.circuit_breaker_reset_seconds, options.clock)
        self.queue = WorkQueue(
            max_pending=options.max_pending, max_concurrency=options.max_concurrency, work=self._work
        )
        self._handler = handler
        self._takes_context = _parameter_count(handler) > 1
        self._handling: dict[asyncio.Task[object], bool] = {}
        self._receiving: set[asyncio.Task[None]] = set()

    async def subscribe(self, link: Link, session: Session) -> list[LinkSubscription]:
        """Subscribes the account's inbox and each capability, in the queue groups that sessions share."""
        account = session.account_id
        places = [(subjects.account_inbox(account), queue_groups.receive_from_inbox(account))]
        places += [
            (subjects.capability(name), queue_groups.receive_from_capability(name)) for name in session.capabilities
        ]
        return [await link.subscribe(subject, self._take, queue=queue) for subject, queue in places]

    async def reply(self, message: ReceivedMessage, payload: Any) -> None:
        """Answers a request; its copies will get the same answer."""
        body = await reply(self.replier, message, payload)
        outcome = self.outcomes.of(message)
        if outcome:
            self.outcomes.keep_reply(outcome, body)

    async def drain(self, timeout: float) -> None:
        """Waits for accepted work; what is not finished in time ends with a `rejected` receipt."""
        self.is_accepting = False
        late = asyncio.Event()
        cancel = self.clock.after(timeout, late.set)
        idle, timer = asyncio.ensure_future(self.queue.idle()), asyncio.ensure_future(late.wait())
        await asyncio.wait({idle, timer}, return_when=asyncio.FIRST_COMPLETED)
        cancel()
        timer.cancel()
        if not idle.done():
            for incoming in self.queue.take_pending():
                await self._give_back(incoming, SHUTTING_DOWN)
            for task in list(self._handling):
                self._handling[task] = True
                task.cancel()
        await idle

    async def refuse(self, message: ReceivedMessage, refusal: Refusal) -> None:
        """The one place that refuses: counts, one `rejected` receipt, one error reply if somebody waits for a reply."""
        self.metrics.count_refusal(refusal.code)
        await self.publish_receipt(message, "rejected", refusal)
        if self.events.has("refused"):
            self.events.emit("refused", message=message, code=refusal.code, detail=refusal.detail)
        if refusal.earlier and await share_outcome(message, refusal.earlier, self):
            return
        if message.reply_to is not None:
            await self.tell(reply_with_error(self.replier, message, code=refusal.code, detail=refusal.detail))

    async def publish_receipt(self, message: ReceivedMessage, status: str, refusal: Refusal | None = None) -> None:
        """Tells the sender what became of its message, if it said who it is. Spec: operation `send_receipt`."""
        sender = message.from_account_id
        if sender is None:
            return
        receipt: dict[str, Any] = {
            "message_id": message.message_id,
            "status": status,
            "event_at": timestamp(self.clock.now()),
            "from_account_id": self.replier.sender.account_id,
            "from_session_tag": self.replier.sender.session_tag,
            "to_account_id": sender,
            "trace_id": message.trace_id or message.message_id,
            "thread_id": message.thread_id,
        }
        if message.parent_message_id is not None:
            receipt["parent_message_id"] = message.parent_message_id
        if refusal:
            receipt |= {"code": refusal.code, "detail": refusal.detail}
        await self.tell(self.replier.publish(subjects.account_receipts(sender), encode_json(receipt)))

    async def tell(self, publishing: Awaitable[object]) -> None:
        """Publishes where nobody can be told of a failure: the sender will see its own timeout."""
        try:
            await publishing
        except AgentNetError as cause:
            # A lost connection reports itself.
            if cause.code != "connection_closed":
                self.events.report(cause)

    async def _take(self, raw: LinkMessage) -> None:
        # One message that waits, for a key or a claim, must not hold up the others.
        task = asyncio.ensure_future(self._receive_reported(raw))
        self._receiving.add(task)
        task.add_done_callback(self._receiving.discard)

    async def _receive_reported(self, raw: LinkMessage) -> None:
        try:
            await self._receive(raw)
        except Exception as cause:  # The outer edge: nobody waits for it.
            self.events.report(to_agentnet_error(cause))

    async def _receive(self, raw: LinkMessage) -> None:
        decoded = decode_message(raw, self.replier.max_payload_bytes)
        if not isinstance(decoded, Incoming):
            await self.refuse(*decoded)
            return
        refusal = schema_version(decoded, self) or await self._refusal_of_signature(decoded)
        if refusal is None:
            refusal = next((found for gate in AFTER_SIGNATURE if (found := gate(decoded, self))), None)
        if refusal:
            await self.refuse(decoded.message, refusal)
            return
        decoded.outcome = self.outcomes.remember(decoded)
        await self.publish_receipt(decoded.message, "accepted")
        self.queue.push(decoded)

    async def _refusal_of_signature(self, incoming: Incoming) -> Refusal | None:
        """With dev auth on, refuses what its named sender did not sign, or signed for somebody else."""
        if self._verifier is None:
            return None
        code = await self._verifier.refusal_for(incoming.message, incoming.text)
        return code and refusal_of(code)

    async def _work(self, incoming: Incoming) -> None:
        """A worker's turn with one accepted message; it ends with a final receipt."""
        try:
            refusal = self._refusal_at_dequeue(incoming) or await self._handle(incoming)
            if refusal:
                await self._give_back(incoming, refusal)
                return
            self.metrics.count("processed_count")
            await self.publish_receipt(incoming.message, "processed")
            if incoming.outcome:
                incoming.outcome.is_processed = True
                await settle_copies(incoming.outcome, self)
        except Exception as cause:  # The outer edge: a worker never ends.
            self.events.report(to_agentnet_error(cause))

    def _refusal_at_dequeue(self, incoming: Incoming) -> Refusal | None:
        """A message may have outlived its deadline, or its sender's circuit may have opened, while it waited."""
        if incoming.expires_at is not None and self.clock.now() >= incoming.expires_at:
            return EXPIRED
        return None if self.breakers.begin(sender_of(incoming.message)) else SERVICE_DEGRADED

    async def _handle(self, incoming: Incoming) -> Refusal | None:
        started = self.clock.elapsed()
        refusal = await self._run_handler(incoming)
        duration = self.clock.elapsed() - started
        self.metrics.add_handling(duration)
        sender = sender_of(incoming.message)
        if refusal is None:
            self.breakers.succeed(sender)
            if self.events.has("handled"):
                self.events.emit("handled", message=incoming.message, duration_seconds=duration)
        elif refusal.code != "shutting_down":
            # Being told to stop says nothing about the sender's messages.
            self.breakers.fail(sender)
        return refusal

    async def _run_handler(self, incoming: Incoming) -> Refusal | None:
        """The slot is free again at the timeout, even if the handler swallows its cancellation."""
        handling = asyncio.ensure_future(self._invoke(incoming))
        self._handling[handling] = False
        late = asyncio.Event()
        cancel = self.clock.after(self.options.work_timeout_seconds, late.set)
        timer = asyncio.ensure_future(late.wait())
        try:
            await asyncio.wait({handling, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cancel()
            timer.cancel()
            is_stopped = self._handling.pop(handling)
        if not handling.done():
            handling.cancel()
            handling.add_done_callback(_retrieve)
            return _TIMED_OUT
        if handling.cancelled():
            return SHUTTING_DOWN if is_stopped else _FAILED
        failure = handling.exception()
        if failure is None:
            return None
        name = incoming.message.message_id or "(without id)"
        error = AgentNetError("handler_error", f"the handler failed on message {name}")
        error.__cause__ = failure
        self.events.report(error)
        return _FAILED

    async def _invoke(self, incoming: Incoming) -> object:
        context = HandlerContext(self, incoming)
        result = self._handler(incoming.message, context) if self._takes_context else self._handler(incoming.message)
        return await result if inspect.isawaitable(result) else result

    async def _give_back(self, incoming: Incoming, refusal: Refusal) -> None:
        """Refuses an accepted message. It is forgotten before its sender hears of it, so that a retry runs."""
        if incoming.outcome:
            self.outcomes.release(incoming.outcome)
        await self.refuse(incoming.message, refusal)
        if incoming.outcome:
            await fail_copies(incoming.outcome, refusal, self)


def _parameter_count(handler: MessageHandler) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(parameter.kind in kinds for parameter in inspect.signature(handler).parameters.values())


def _retrieve(task: asyncio.Future[object]) -> None:
    if not task.cancelled():
        task.exception()
