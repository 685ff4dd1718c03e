"""Answering a request on its reply subject."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from agentnet_protocol import MessageHeaders, limits

from ..clock import Clock
from ..errors import ValidationError
from ..identity.detached_text import Place
from ..received_message import ReceivedMessage
from ..tracing.spans import Handlings, sending
from .build_message import Draft, Sender, build_message, encode_message
from .seal import SealedPublisher

if TYPE_CHECKING:
    from ..tracing.spans import Traced


@dataclass(frozen=True, kw_only=True)
class Replier:
    """What answering needs."""

    sender: Sender
    max_payload_bytes: int
    clock: Clock
    publisher: SealedPublisher
    handlings: Handlings = field(default_factory=Handlings)
    """What each message that is traced is handled within."""


PublishReply: TypeAlias = Callable[[Place, MessageHeaders | None], Awaitable[None]]
"""Publishes a reply as it is, or with the `parent_status` that is known when it leaves."""


async def reply(replier: Replier, request: ReceivedMessage, payload: Any, publish: PublishReply | None = None) -> bytes:
    """Returns the reply as it was written.

    Raises:
        AgentNetError: `invalid_target` when nobody waits; `invalid_payload`, `message_too_large`, `connection_closed`
    """
    to_agent = request.from_account_id or request.from_agent or "unknown"
    within = replier.handlings.context_of(request)
    with sending("reply", request.reply_to or "", trace_id=request.trace_id, within=within) as span:
        return await _answer(
            replier, request, to_agent=to_agent, kind="reply", payload=payload, traced=span, publish=publish
        )


async def reply_with_error(replier: Replier, request: ReceivedMessage, *, code: str, detail: str) -> None:
    """Tells the requester why there will be no reply. Spec: schema `ErrorPayload`."""
    payload = {
        "error": code,
        "detail": detail,
        "request_message_id": request.message_id,
        "trace_id": request.trace_id or request.message_id,
    }
    await _answer(replier, request, to_agent=request.from_agent or "unknown", kind="error", payload=payload)


async def reply_with_event(
    replier: Replier, request: ReceivedMessage, payload: Any, traced: Traced | None = None
) -> None:
    """One event of a stream that answers a request; the reply itself follows the stream."""
    to_agent = request.from_account_id or request.from_agent or "unknown"
    await _answer(replier, request, to_agent=to_agent, kind="stream", payload=payload, traced=traced)


async def _answer(
    replier: Replier,
    request: ReceivedMessage,
    *,
    to_agent: str,
    kind: str,
    payload: Any,
    traced: Traced | None = None,
    publish: PublishReply | None = None,
) -> bytes:
    if request.reply_to is None:
        detail = f"nobody waits for a reply to {request.message_id or 'this message'}"
        raise ValidationError("invalid_target", detail)
    draft = Draft(
        payload=payload,
        kind=kind,
        ttl_ms=limits.TTL_MS_DEFAULT,
        trace_id=request.trace_id or request.message_id or None,
        thread_id=request.thread_id,
        parent_message_id=request.message_id or None,
    )
    message = build_message(
        replier.sender, draft, to_agent=to_agent, to_account_id=request.from_account_id, now=replier.clock.now()
    )
    body = encode_message(message, replier.sender, replier.max_payload_bytes)
    if traced:
        traced.describe(message, len(body))
    place, headers = Place(request.reply_to, body), traced.headers if traced else None
    if publish:
        await publish(place, headers)
    else:
        await replier.publisher.publish("reply", place, headers)
    return body
