"""What one session receives with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from agentnet_protocol import queue_groups, subjects

from ..clock import is_done_within
from ..connection.link import Link
from ..connection.link_message import LinkMessage
from ..connection.link_subscription import LinkSubscription
from ..connection.to_agentnet_error import to_agentnet_error
from ..events import EventBus
from ..identity.message_verifier import MessageVerifier
from ..metrics.agent_metrics import AgentMetrics
from ..options import AgentOptions
from ..outbox.outbox import Outbox
from ..outbox.reply import Replier, reply, reply_with_error
from ..presence.register import Session
from ..received_message import ReceivedMessage
from ..tracing.spans import Handling
from .claim import claim_for, name_to_claim, repetition_elsewhere
from .gates import AFTER_SIGNATURE, EXPIRED, SERVICE_DEGRADED, SHUTTING_DOWN, schema_version
from .held_report import report_with_reply
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
            max_pending=options.max_pending, max_concurrency=options.max_concurrency, start=self._start
        )
        self.streams = StreamIntake(options.clock, max_concurrency=options.max_concurrency, work=self._work)
        self._runner = HandlerRunner(handler, self)
        self._receiving: set[asyncio.Task[None]] = set()
        # Accepted messages that are refused after all, or whose copies get their answer.
        self._ending: set[asyncio.Task[None]] = set()
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
        return [await link.listen(subject, self._take, queue=queue) for subject, queue in places]

    async def reply(self, message: ReceivedMessage, payload: Any) -> None:
        """Answers a request; its copies will get the same answer."""
        outcome = self.outcomes.of(message)
        report = outcome.report if outcome else None
        body = await reply(self.replier, message, payload, report.reply if report else None)
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
        self.receipts.publish(message, "rejected", refusal)
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

    def _take(self, raw: LinkMessage) -> None:
        try:
            self._receive(raw)
        except Exception as cause:  # The outer edge: nobody waits for it.
            self.events.report(to_agentnet_error(cause))

    def _begin(self, work: Coroutine[Any, Any, None], under_way: set[asyncio.Task[None]]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._reported(work))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return task

    async def _reported(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as cause:  # As above.
            self.events.report(to_agentnet_error(cause))

    def _receive(self, raw: LinkMessage) -> None:
        """Without a task, as long as nothing is to be waited for."""
        decoded = decode_message(raw, self.replier.max_payload_bytes)
        if not isinstance(decoded, Incoming):
            self._begin(self.refuse(*decoded), self._receiving)
            return
        refusal = schema_version(decoded, self)
        if refusal is None and self._verifier:
            # One message that waits, for a key or a claim, must not hold up the others.
            self._begin(self._receive_signed(decoded, self._verifier), self._receiving)
        else:
            self._pass_gates(decoded, refusal)

    async def _receive_signed(self, incoming: Incoming, verifier: MessageVerifier) -> None:
        """With dev auth on, refuses what its named sender did not sign, or signed for somebody else."""
        code = await verifier.refusal_for(incoming.message, incoming.text, incoming.raw, purpose="message")
        self._pass_gates(incoming, refusal_of(code) if code else None)

    def _pass_gates(self, incoming: Incoming, refusal: Refusal | None) -> None:
        refusal = refusal or next((found for gate in AFTER_SIGNATURE if (found := gate(incoming, self))), None)
        if refusal:
            self._begin(self._turn_away(incoming, refusal), self._receiving)
            return
        incoming.outcome = self.outcomes.remember(incoming)
        name = name_to_claim(incoming, self)
        if name is None:
            self._accept(incoming)
        else:
            # Counted before the task runs: the next message of the same read passes the gates before that.
            self.claiming += 1
            self._begin(self._claim(name, incoming, incoming.outcome), self._receiving)

    async def _turn_away(self, incoming: Incoming, refusal: Refusal) -> None:
        repetition = await repetition_elsewhere(incoming, refusal, self)
        await self.refuse(incoming.message, repetition or refusal)

    async def _claim(self, name: str, incoming: Incoming, outcome: Outcome) -> None:
        try:
            refusal = await claim_for(name, incoming, outcome, self)
        finally:
            self.claiming -= 1
        if refusal:
            await self.refuse(incoming.message, refusal)
        else:
            self._accept(incoming)

    def _accept(self, incoming: Incoming) -> None:
        # The worker's task first, and then the receipt: so what a quick handler sends leaves in the same write.
        report = report_with_reply(incoming, self)
        if not self.streams.push(incoming):
            self.queue.push(incoming)
        if report:
            report.accept()
        else:
            self.receipts.publish(incoming.message, "accepted")

    async def _work(self, incoming: Incoming) -> None:
        """As `_start`, for those who wait for the end."""
        over = asyncio.Event()
        self._start(incoming, over.set)
        await over.wait()

    def _start(self, incoming: Incoming, done: Callable[[], object]) -> None:
        """A worker's turn with one accepted message; it ends with a final receipt."""
        self._runner.start(incoming, lambda refusal, took: self._end(incoming, refusal, took, done))

    def refusal_at_dequeue(self, incoming: Incoming) -> Refusal | None:
        """A message may have outlived its deadline, or its sender's circuit may have opened, while it waited."""
        if incoming.expires_at is not None and self.clock.now() >= incoming.expires_at:
            return EXPIRED
        return None if self.breakers.begin(sender_of(incoming.message)) else SERVICE_DEGRADED

    def handling_of(self, incoming: Incoming) -> Handling:
        """What the work that begins is recorded as."""
        is_delta = incoming.event is not None and incoming.event.type == "stream_delta"
        return self.replier.handlings.begin(incoming.message, incoming.raw, is_delta=is_delta)

    def _end(self, incoming: Incoming, refusal: Refusal | None, took: float | None, done: Callable[[], object]) -> None:
        rest: Coroutine[Any, Any, None] | None = None
        try:
            if took is not None:
                self._note(incoming, refusal, took)
            rest = self._give_back(incoming, refusal) if refusal else self._settle(incoming)
        except Exception as cause:  # The outer edge: a worker never ends.
            self.events.report(to_agentnet_error(cause))
        if rest is None:
            done()
        else:
            self._begin(rest, self._ending).add_done_callback(lambda _: done())

    def _note(self, incoming: Incoming, refusal: Refusal | None, took: float) -> None:
        incoming.handling.end(refusal.code if refusal else None)
        self.metrics.add_handling(took)
        sender = sender_of(incoming.message)
        if refusal is None:
            self.breakers.succeed(sender)
            if self.events.has("handled"):
                self.events.emit("handled", message=incoming.message, duration_seconds=took)
        elif refusal.code != "shutting_down":
            # Being told to stop says nothing about the sender's messages.
            self.breakers.fail(sender)

    def _settle(self, incoming: Incoming) -> Coroutine[Any, Any, None] | None:
        """Remembers the success; what is left lets the copies that waited for it have it."""
        self.metrics.count("processed_count")
        outcome = incoming.outcome
        is_answered = outcome is not None and outcome.reply is not None
        report = outcome.report if outcome else None
        if not (report and report.settle()):
            self.receipts.publish(incoming.message, "processed", is_answered=is_answered)
        if outcome is None:
            return None
        outcome.is_processed = True
        outcome.report = None
        if outcome.claim and self.shared:
            finishing = self.shared.finish(outcome.claim, payload_text(outcome.reply))
            self._begin(finishing, self._finishing)
        return settle_copies(outcome, self) if outcome.waiting else None

    async def _idle(self) -> None:
        while self._receiving:
            await asyncio.wait(set(self._receiving))
        await self.queue.idle()
        await self.streams.lanes.idle()

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
