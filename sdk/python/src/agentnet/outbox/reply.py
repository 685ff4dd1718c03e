"""Answering a request on its reply subject."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agentnet_protocol import limits

from ..clock import Clock
from ..errors import ValidationError
from ..received_message import ReceivedMessage
from .build_message import Draft, Sender, build_message, encode_message


@dataclass(frozen=True, kw_only=True)
class Replier:
    """What answering needs."""

    sender: Sender
    max_payload_bytes: int
    clock: Clock
    publish: Callable[[str, bytes], Awaitable[None]]


async def reply(replier: Replier, request: ReceivedMessage, payload: Any) -> bytes:
    """Returns the reply as it went out.

    Raises:
        AgentNetError: `invalid_target` when nobody waits; `invalid_payload`, `message_too_large`, `connection_closed`
    """
    to_agent = request.from_account_id or request.from_agent or "unknown"
    return await _answer(replier, request, to_agent=to_agent, kind="reply", payload=payload)


async def reply_with_error(replier: Replier, request: ReceivedMessage, *, code: str, detail: str) -> None:
    """Tells the requester why there will be no reply. Spec: schema `ErrorPayload`."""
    payload = {
        "error": code,
        "detail": detail,
        "request_message_id": request.message_id,
        "trace_id": request.trace_id or request.message_id,
    }
    await _answer(replier, request, to_agent=request.from_agent or "unknown", kind="error", payload=payload)


async def reply_with_event(replier: Replier, request: ReceivedMessage, payload: Any) -> None:
    """One event of a stream that answers a request; the reply itself follows the stream."""
    to_agent = request.from_account_id or request.from_agent or "unknown"
    await _answer(replier, request, to_agent=to_agent, kind="stream", payload=payload)


async def _answer(replier: Replier, request: ReceivedMessage, *, to_agent: str, kind: str, payload: Any) -> bytes:
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
    await replier.publish(request.reply_to, body)
    return body
