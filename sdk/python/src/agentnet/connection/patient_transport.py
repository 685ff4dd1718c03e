"""Calls to a registry that may ask to wait."""

from collections.abc import Awaitable, Callable

from agentnet_protocol import (
    ErrorCode,
    MessageHeaders,
    Parsed,
    RegistryClient,
    Transport,
    TransportMessage,
    TransportSubscription,
    decode_json,
)

from ..clock import Clock, pause

_REFUSAL_MAX_BYTES = 1024
"""A refusal is short; whatever is longer is an answer and not looked at."""

_REFUSED: ErrorCode = "rate_limited"
_REFUSED_BYTES = _REFUSED.encode()


class PatientTransport:
    """The same transport, whose requests wait where the registry says that they come too fast, and then ask again: each
    within its own timeout. What was refused has not been read, so asking again repeats nothing.

    Spec: rule `rpc.rate-limit.wait`.
    """

    def __init__(self, inner: Transport, clock: Clock, *, answer_ms: int | None = None) -> None:
        """`answer_ms`: what each request may take instead of its own timeout."""
        self._inner = inner
        self._clock = clock
        self._answer_ms = answer_ms

    async def request(
        self, subject: str, body: bytes, *, timeout_ms: int, reply: str = "", headers: MessageHeaders | None = None
    ) -> bytes:
        left_ms = timeout_ms if self._answer_ms is None else self._answer_ms
        deadline = self._clock.elapsed() + left_ms / 1000
        while True:
            answer = await self._inner.request(subject, body, timeout_ms=left_ms, reply=reply, headers=headers)
            wait = _seconds_asked_for(answer)
            if wait is None or self._clock.elapsed() + wait >= deadline:
                return answer
            await pause(self._clock, wait)
            left_ms = max(1, round(1000 * (deadline - self._clock.elapsed())))

    async def publish(
        self, subject: str, body: bytes, *, reply: str = "", headers: MessageHeaders | None = None
    ) -> None:
        await self._inner.publish(subject, body, reply=reply, headers=headers)

    async def subscribe(
        self, subject: str, on_message: Callable[[TransportMessage], Awaitable[None]], *, queue: str = ""
    ) -> TransportSubscription:
        return await self._inner.subscribe(subject, on_message, queue=queue)


def registry_client(transport: Transport, clock: Clock) -> RegistryClient:
    """The generated registry client, which waits where it asks too fast."""
    return RegistryClient(PatientTransport(transport, clock))


def _seconds_asked_for(answer: bytes) -> float | None:
    """After how long the same call can succeed; None when it was not refused for its rate."""
    if not _may_be_refusal(answer):
        return None
    decoded = decode_json("ErrorReply", answer)
    if not isinstance(decoded, Parsed) or decoded.value.get("code") != _REFUSED:
        return None
    wait_ms = decoded.value.get("retry_after_ms")
    return None if wait_ms is None else wait_ms / 1000


def _may_be_refusal(answer: bytes) -> bool:
    """Whether it is worth reading: the caller reads each answer, and twice is dear."""
    return len(answer) <= _REFUSAL_MAX_BYTES and _REFUSED_BYTES in answer
