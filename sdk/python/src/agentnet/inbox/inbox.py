"""What one session receives with."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from agentnet_protocol import queue_groups, subjects

from ..clock import is_done_within
from ..connection.link import Link, LinkMessage, LinkSubscription
from ..connection.to_agentnet_error import to_agentnet_error
from ..events import EventBus
from ..identity.message_verifier import MessageVerifier
from ..metrics.agent_metrics import AgentMetrics
from ..options import AgentOptions
from ..outbox.outbox import Outbox
from ..outbox.reply import Replier, reply, reply_with_error
from ..presence.register import Session
from ..received_message import ReceivedMessage
from .claim import claim_for, repetition_elsewhere
from .gates import AFTER_SIGNATURE, EXPIRED, SERVICE_DEGRADED, SHUTTING_DOWN, schema_version
from .incoming import Incoming, decode_message
from .limits_per_sender import Breakers, RateLimiter, sender_of
from .outcomes import Outcome, Outcomes
from .receipts import Receipts
from .refusal import Refusal, refusal_of
from .repeat import fail_copies, payload_text, settle_copies, share_outcome
from .repeat_elsewhere import share_elsewhere
from .run_handler import HandlerRunner, MessageHandler
from .shared_outcomes import Elsewhere, SharedOutcomes
from .stream_intake import StreamIntake
from .work_queue import WorkQueue


class Inbox:
    """Gates, a bounded queue and workers; every accepted message ends with a final receipt."""

    def __init__(
        self,
        handler: MessageHandler,
        options: AgentOptions,
        replier: Replier,
        *,
        outbox: Outbox,
        receipts: Receipts,
        shared: SharedOutcomes | None,
        verifier: MessageVerifier | None,
        metrics: AgentMetrics,
        events: EventBus,
    ) -> None:
        """`shared`: what the sessions of the account share; None when they share nothing."""
        self._verifier = verifier
        self.options = options
        self.clock = options.clock
        self.replier = replier
        self.outbox = outbox
        self.receipts = receipts
        self.shared = shared
        self.metrics = metrics
        self.events = events
        self.claiming = 0
        """Messages whose claim is under way."""
        self.is_accepting = True
        """False once the session refuses new work."""
        self.outcomes = Outcomes(options.dedupe_ttl_seconds, options.clock)
        self.rates = RateLimiter(options.rate_limit_per_sender_per_sec, options.rate_limit_burst, options.clock)
        self.breakers = Breakers(options.circuit_breaker_failures, options.circuit_breaker_reset_seconds, options.clock)
        self.queue = WorkQueue(
            max_pending=options.max_pending, max_concurrency=options.max_concurrency, work=self._work
        )
        self.streams = StreamIntake(options.clock, max_concurrency=options.max_concurrency, work=self._work)
        self._runner = HandlerRunner(handler, self)
        self._receiving: set[asyncio.Task[None]] = set()
        # The account is told of a message that was handled.
        self._finishing: set[asyncio.Task[None]] = set()
        # A copy waits for another session's reply.
        self._later: set[asyncio.Task[None]] = set()

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
        # What the server had delivered, or is being claimed, counts as accepted: the account's other sessions will not
        # get it. Every wait for a key or a claim has a deadline of its own.
        while self._receiving:
            await asyncio.wait(set(self._receiving))
        self.is_accepting = False
        idle = asyncio.ensure_future(self._idle())
        if not await is_done_within(self.clock, idle, timeout):
            pending = self.queue.take_pending() + self.streams.lanes.take_pending()
            self._runner.stop()
            for incoming in pending:
                await self._give_back(incoming, SHUTTING_DOWN)
        await idle
        if self._finishing:
            await asyncio.wait(set(self._finishing))
        for waiting in self._later:
            waiting.cancel()

    async def refuse(self, message: ReceivedMessage, refusal: Refusal) -> None:
        """The one place that refuses: counts, one `rejected` receipt, one error reply if somebody waits for a reply."""
        self.metrics.count_refusal(refusal.code)
        await self.receipts.publish(message, "rejected", refusal)
        if self.events.has("refused"):
            self.events.emit("refused", message=message, code=refusal.code, detail=refusal.detail)
        if refusal.earlier and await share_outcome(message, refusal.earlier, self):
            return
        if message.reply_to is None:
            return
        if refusal.elsewhere:
            self.share_later(message, refusal.elsewhere)
        else:
            await self.receipts.tell(reply_with_error(self.replier, message, code=refusal.code, detail=refusal.detail))

    def share_later(self, copy: ReceivedMessage, elsewhere: Elsewhere) -> None:
        """Gives the copy what another session of the account got or will get, without anybody waiting for it."""
        self._begin(share_elsewhere(copy, elsewhere, self), self._later)

    async def _take(self, raw: LinkMessage) -> None:
        # One message that waits, for a key or a claim, must not hold up the others.
        self._begin(self._receive(raw), self._receiving)

    def _begin(self, work: Coroutine[Any, Any, None], under_way: set[asyncio.Task[None]]) -> None:
        task = asyncio.ensure_future(self._reported(work))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    async def _reported(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
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
            repetition = await repetition_elsewhere(decoded, refusal, self)
            await self.refuse(decoded.message, repetition or refusal)
            return
        decoded.outcome = self.outcomes.remember(decoded)
        refusal = await claim_for(decoded, decoded.outcome, self)
        if refusal:
            await self.refuse(decoded.message, refusal)
            return
        await self.receipts.publish(decoded.message, "accepted")
        if not self.streams.push(decoded):
            self.queue.push(decoded)

    async def _refusal_of_signature(self, incoming: Incoming) -> Refusal | None:
        """With dev auth on, refuses what its named sender did not sign, or signed for somebody else."""
        if self._verifier is None:
            return None
        code = await self._verifier.refusal_for(incoming.message, incoming.text, incoming.raw, purpose="message")
        return code and refusal_of(code)

    async def _work(self, incoming: Incoming) -> None:
        """A worker's turn with one accepted message; it ends with a final receipt."""
        try:
            refusal = self._refusal_at_dequeue(incoming) or await self._handle(incoming)
            if refusal:
                await self._give_back(incoming, refusal)
                return
            self.metrics.count("processed_count")
            await self.receipts.publish(incoming.message, "processed")
            if incoming.outcome:
                await self._settle(incoming.outcome)
        except Exception as cause:  # The outer edge: a worker never ends.
            self.events.report(to_agentnet_error(cause))

    async def _settle(self, outcome: Outcome) -> None:
        """Remembers the success and lets the copies that waited for it have it."""
        outcome.is_processed = True
        if outcome.claim and self.shared:
            finishing = self.shared.finish(outcome.claim, payload_text(outcome.reply))
            self._begin(finishing, self._finishing)
        await settle_copies(outcome, self)

    async def _idle(self) -> None:
        while self._receiving:
            await asyncio.wait(set(self._receiving))
        await self.queue.idle()
        await self.streams.lanes.idle()

    def _refusal_at_dequeue(self, incoming: Incoming) -> Refusal | None:
        """A message may have outlived its deadline, or its sender's circuit may have opened, while it waited."""
        if incoming.expires_at is not None and self.clock.now() >= incoming.expires_at:
            return EXPIRED
        return None if self.breakers.begin(sender_of(incoming.message)) else SERVICE_DEGRADED

    async def _handle(self, incoming: Incoming) -> Refusal | None:
        started = self.clock.elapsed()
        is_delta = incoming.event is not None and incoming.event.type == "stream_delta"
        incoming.handling = self.replier.handlings.begin(incoming.message, incoming.raw, is_delta=is_delta)
        refusal = await self._runner.run(incoming)
        incoming.handling.end(refusal.code if refusal else None)
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

    async def _give_back(self, incoming: Incoming, refusal: Refusal) -> None:
        """Refuses an accepted message. It is forgotten, here and in the account, before its sender hears of it, so that
        a retry runs."""
        outcome = incoming.outcome
        if outcome and outcome.claim and self.shared:
            await self.shared.release(outcome.claim)
        if outcome:
            self.outcomes.release(outcome)
        await self.refuse(incoming.message, refusal)
        if outcome:
            await fail_copies(outcome, refusal, self)
