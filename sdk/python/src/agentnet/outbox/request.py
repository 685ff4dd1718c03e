"""Asking, and waiting for the reply."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentnet_protocol import ProfileRequest, SearchRequest, is_error_code, is_valid, limits

from ..connection.to_agentnet_error import to_agentnet_error, with_own_errors
from ..errors import AgentNetError, RemoteError, TransportError
from ..identity.detached_text import Place
from ..received_message import ReceivedMessage
from ..require_option import require_at_least
from ..tracing.spans import sending
from .await_receipt import AwaitedReceipt
from .build_message import Draft, build_message, encode_message
from .outbox import Outbox
from .reply_mux import AwaitedReply
from .resolve_target import Target
from .seal import seal
from .send import require_message_options

if TYPE_CHECKING:
    from ..tracing.message_span import MessageSpan


@dataclass(frozen=True, kw_only=True)
class RequestOptions:
    """How one request is made. Raises `ValidationError` `invalid_option` for values out of range."""

    payload: Any
    timeout: float = limits.REQUEST_TIMEOUT_MS / 1000
    thread_id: str | None = None
    parent_message_id: str | None = None
    trace_id: str | None = None
    ttl_ms: int | None = None
    idempotency_key: str | None = None
    raise_on_error: bool = True

    def __post_init__(self) -> None:
        require_message_options(self.ttl_ms, self.idempotency_key)
        require_at_least("timeout", self.timeout, 0.001)


async def request(outbox: Outbox, target: Target, options: RequestOptions) -> ReceivedMessage:
    """Sends one request and waits for the first reply. Nothing is retried.

    Raises:
        AgentNetError: `request_timeout`, `recipient_offline`, `invalid_reply`, `connection_closed`; the code of an
            error reply (`busy`, `handler_error`, ...); `invalid_payload`, `message_too_large`, `invalid_option`
    """
    with sending("request", target.subject, trace_id=options.trace_id) as span:
        return await _request_once(outbox, target, options, span)


async def _request_once(
    outbox: Outbox, target: Target, options: RequestOptions, span: MessageSpan | None
) -> ReceivedMessage:
    started = outbox.clock.elapsed()
    key = options.idempotency_key
    draft = Draft(
        payload=options.payload,
        kind="request",
        ttl_ms=outbox.options.default_ttl_ms if options.ttl_ms is None else options.ttl_ms,
        trace_id=span.trace_id if span and options.trace_id is None else options.trace_id,
        thread_id=options.thread_id,
        parent_message_id=options.parent_message_id,
        idempotency_key=key.strip() if isinstance(key, str) else key,
        receipts=outbox.asked_receipts,
    )
    message = build_message(
        outbox.sender, draft, to_agent=target.to_agent, to_account_id=target.to_account_id, now=outbox.clock.now()
    )
    body = encode_message(message, outbox.sender, outbox.options.max_payload_bytes)
    if span:
        span.describe(message, len(body))
    awaited = outbox.replies.expect(target.subject, message_id=message["message_id"], account_id=target.to_account_id)
    receipt = outbox.receipts.expect(message["message_id"], target.to_account_id, verified="when-asked")
    try:
        place = Place(target.subject, body, awaited.subject)
        headers = seal(outbox.sender, "message", place, span.headers if span else None)
        is_alone = outbox.replies.waiting == 1
        await outbox.link.publish(target.subject, body, reply=awaited.subject, headers=headers, at_once=is_alone)
        reply = await _first_reply(outbox, _Asked(target, awaited, receipt, options.timeout))
    finally:
        awaited.forget()
        receipt.forget()
    outbox.metrics.latency["request_account"].add(outbox.clock.elapsed() - started)
    if options.raise_on_error:
        require_no_error(reply)
    return reply


@dataclass(frozen=True)
class _Asked:
    target: Target
    awaited: AwaitedReply
    receipt: AwaitedReceipt
    timeout: float


async def _first_reply(outbox: Outbox, asked: _Asked) -> ReceivedMessage:
    silence = min(limits.PRESENCE_PROBE_DELAY_MS / 1000, asked.timeout)
    reply = await asked.awaited.reply.within(silence)
    if reply is None and asked.timeout > silence:
        # A receipt proves that somebody is there, however long the handler takes.
        probe = asyncio.ensure_future(_fail_when_offline(outbox, asked))
        try:
            reply = await asked.awaited.reply.within(asked.timeout - silence)
        finally:
            probe.cancel()
    if reply is None:
        ignored = asked.awaited.ignored
        forged = f"; a reply that failed verification ({ignored}) was ignored" if ignored else ""
        detail = f"no reply from {asked.target.to_agent} within {asked.timeout:g} s{forged}"
        raise TransportError("request_timeout", detail)
    return reply


async def _fail_when_offline(outbox: Outbox, asked: _Asked) -> None:
    try:
        await asked.receipt.look()
        if asked.receipt.receipt.is_settled:
            return
        offline = await probe_presence(outbox, asked.target)
        await asked.receipt.look()
    except Exception as cause:  # The request itself goes on; nobody else would hear of it.
        outbox.events.report(to_agentnet_error(cause))
        return
    if offline and not asked.receipt.receipt.is_settled:
        asked.awaited.reply.fail(offline)


async def probe_presence(outbox: Outbox, target: Target) -> AgentNetError | None:
    """Asks the registry whether anybody is online. History capture hides NATS's own answer to a request that nobody is
    subscribed to, so this is how an absent recipient is noticed long before the request's timeout."""
    try:
        if target.to_account_id is None:
            capability = target.to_agent.split(":", 1)[1]
            search = SearchRequest(capability=capability, online_only=True, limit=1)
            found = await with_own_errors(outbox.registry.search(search, timeout_ms=limits.RESOLVE_TIMEOUT_MS))
            return None if found.results else _offline(f"nobody online offers {capability}")
        asked = ProfileRequest(account_id=target.to_account_id)
        reply = await with_own_errors(outbox.registry.profile(asked, timeout_ms=limits.RESOLVE_TIMEOUT_MS))
        return None if reply.profile.online else _offline(f"{target.to_account_id} has no session online")
    except AgentNetError as cause:
        return _offline(f"no account {target.to_agent} is on record") if cause.code == "not_found" else None


def _offline(detail: str) -> TransportError:
    return TransportError("recipient_offline", detail)


def require_no_error(reply: ReceivedMessage) -> None:
    """Raises: RemoteError: The code of an error reply."""
    if reply.kind != "error":
        return
    if is_valid("ErrorPayload", reply.payload):
        error, detail = reply.payload["error"], reply.payload["detail"]
    else:
        error, detail = "remote_error", "the error reply has no readable payload"
    raise RemoteError(
        error if is_error_code(error) else "remote_error", detail or error, remote_code=error, remote_detail=detail
    )
