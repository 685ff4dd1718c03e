"""A registry on the network."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from . import limits
from .errors import ErrorCode, ProtocolError
from .json_text import Parsed, encode_json, parse_json
from .operations import OperationFacts, OperationName, error_text, operations
from .scalars import Model
from .transport import Transport, TransportMessage, TransportSubscription
from .validate import check, describe_violations

_Request = TypeVar("_Request", bound=Model)


@dataclass(frozen=True, kw_only=True)
class CallContext:
    """What a handler may want to know about the call besides the request."""

    operation: OperationName
    subject: str
    text: str
    """The body as it came, for signatures."""


@dataclass(frozen=True, kw_only=True)
class CallReport:
    """How one call went."""

    operation: OperationName
    duration_ms: float
    outcome: Literal["ok", "refused", "failed", "ignored"]
    """`refused`: the caller's fault. `failed`: ours. `ignored`: a request nobody waits for."""
    code: ErrorCode | None = None
    cause: Exception | None = None
    """What was raised, for the log; it never goes onto the wire."""


Observer: TypeAlias = Callable[[CallReport], None]
"""Hears of every call, for metrics and logs. What it raises is dropped: an observer cannot cost a caller the answer."""


class Refusal(Exception):
    """A handler raises it to refuse; the caller gets the operation's text for `code`."""

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(f"[{code}] {detail}".rstrip())
        self.code = code
        self.detail = detail


class Service:
    """Operations that are being served."""

    def __init__(self, transport: Transport, observer: Observer | None = None) -> None:
        self.transport = transport
        self._observer = observer
        self._subscriptions: list[TransportSubscription] = []
        self._running: set[asyncio.Task[None]] = set()

    async def serve(self, name: OperationName, answer: Callable[[TransportMessage], Awaitable[CallReport]]) -> None:
        """Subscribes one operation with the queue group of the spec."""

        async def on_message(message: TransportMessage) -> None:
            task = asyncio.create_task(self._run(answer, message))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

        facts = operations[name]
        self._subscriptions.append(await self.transport.subscribe(facts.subject, on_message, queue=facts.queue))

    async def drain(self) -> None:
        """Takes no new calls, and returns when those under way are answered."""
        await asyncio.gather(*(subscription.drain() for subscription in self._subscriptions))
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(
        self, answer: Callable[[TransportMessage], Awaitable[CallReport]], message: TransportMessage
    ) -> None:
        report = await answer(message)
        if self._observer is not None:
            with contextlib.suppress(Exception):
                self._observer(report)


async def serve_operation(
    service: Service,
    name: OperationName,
    request_type: type[_Request],
    handler: Callable[[_Request, CallContext], Awaitable[Model | None]],
) -> None:
    """Every request with a reply subject gets exactly one answer; events get none."""
    call = _Operation(name, operations[name], service.transport)

    async def answer(message: TransportMessage) -> CallReport:
        started = time.perf_counter()
        outcome = await _answer(call, message, request_type, handler)
        return CallReport(operation=name, duration_ms=(time.perf_counter() - started) * 1000, **outcome)

    await service.serve(name, answer)


@dataclass(frozen=True)
class _Operation:
    name: OperationName
    facts: OperationFacts
    transport: Transport

    @property
    def is_rpc(self) -> bool:
        return self.facts.role == "rpc"


_Outcome: TypeAlias = dict[str, Any]


async def _answer(
    call: _Operation,
    message: TransportMessage,
    request_type: type[_Request],
    handler: Callable[[_Request, CallContext], Awaitable[Model | None]],
) -> _Outcome:
    if call.is_rpc and not message.reply:
        return {"outcome": "ignored"}
    read = _read_request(call.facts, message.body)
    if isinstance(read, _Refused):
        return await _refuse(call, message, read)
    request, text = read
    try:
        reply = await handler(
            request_type.model_validate(request), CallContext(operation=call.name, subject=message.subject, text=text)
        )
        if call.facts.reply is None or reply is None:
            return {"outcome": "ok"}
        body = _encode_reply(call, reply)
    except Refusal as refusal:
        return await _refuse(call, message, _Refused(refusal.code, refusal.detail))
    except Exception as cause:
        refused = await _refuse(call, message, _Refused("internal_error"))
        return {**refused, "outcome": "failed", "cause": cause}
    if len(body) > limits.REPLY_MAX_BYTES:
        detail = f"the reply has {len(body)} bytes, at most {limits.REPLY_MAX_BYTES} fit"
        return await _refuse(call, message, _Refused("reply_too_large", detail))
    await call.transport.publish(message.reply, body)
    return {"outcome": "ok"}


@dataclass(frozen=True)
class _Refused:
    code: ErrorCode
    detail: str = ""
    text: str = ""
    """Overrides the operation's text for the code."""


def _read_request(facts: OperationFacts, body: bytes) -> tuple[dict[str, Any], str] | _Refused:
    parsed = parse_json(body)
    if not isinstance(parsed, Parsed):
        if not facts.ignores_malformed_body:
            return _Refused("bad_request", parsed.detail)
        request, text = {}, ""
    else:
        request, text = parsed.value, parsed.text
    if not isinstance(request, dict):
        if not facts.ignores_malformed_body:
            return _Refused("payload_not_object", "the body is not a JSON object")
        request = {}
    for field, words in _required(facts):
        if not request.get(field):
            return _Refused("field_required", f"{field} is missing or empty", words)
    violations = check(facts.request, request)
    if violations:
        return _Refused("bad_request", describe_violations(violations))
    return request, text


def _required(facts: OperationFacts) -> list[tuple[str, str]]:
    return list(facts.required_fields.items()) if facts.role == "rpc" else []


def _encode_reply(call: _Operation, reply: Model) -> bytes:
    value = reply.to_dict()
    violations = [] if call.facts.reply is None else check(call.facts.reply, value)
    if violations:
        raise ProtocolError("internal_error", f"own reply of {call.name}: {describe_violations(violations)}")
    return encode_json(value)


async def _refuse(call: _Operation, message: TransportMessage, refused: _Refused) -> _Outcome:
    """Answers with an error, unless it is an event."""
    if call.is_rpc:
        error: Mapping[str, str] = {
            "error": refused.text or error_text(call.name, refused.code),
            "code": refused.code,
            **({"detail": refused.detail} if refused.detail else {}),
        }
        await call.transport.publish(message.reply, encode_json(error))
    return {"outcome": "refused", "code": refused.code}
