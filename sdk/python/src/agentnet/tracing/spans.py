"""The spans of what is sent and handled. `opentelemetry-api` is an optional extra: without it there are none."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

from ..received_message import ReceivedMessage
from .operation import Operation

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from ..connection.link_message import LinkMessage
    from .message_span import MessageSpan, PartOfSpan

    Traced: TypeAlias = MessageSpan | PartOfSpan

_tracing: ModuleType | None = None
try:
    from . import begin_span as _tracing
except ModuleNotFoundError as missing:
    if not (missing.name or "").startswith("opentelemetry"):
        raise


def sending(
    operation: Operation, subject: str, *, trace_id: str | None, within: Context | None = None
) -> AbstractContextManager[MessageSpan | None]:
    """Sends within a span that ends with the block and fails with it; None when the program traces nothing."""
    span: MessageSpan | None = None
    if _tracing:
        span = _tracing.begin_sending(operation, subject, trace_id=trace_id, within=within)
    return _UNTRACED if span is None else _within(span)


_UNTRACED: AbstractContextManager[None] = nullcontext()


@contextmanager
def _within(span: MessageSpan) -> Iterator[MessageSpan]:
    try:
        yield span
    except BaseException as cause:
        span.fail(cause)
        raise
    finally:
        span.end()


class Handling:
    """What the work with one message is recorded as."""

    def __init__(self, span: MessageSpan | None = None, within: Context | None = None) -> None:
        self.span = span
        self.context = within

    def attached(self) -> AbstractContextManager[None]:
        """What the handler sends in the block is part of this."""
        return _tracing.attached(self.context) if _tracing and self.context is not None else _UNTRACED

    def record(self, cause: BaseException) -> None:
        if self.span:
            self.span.record(cause)

    def end(self, code: str | None) -> None:
        """`code`: what it failed with."""
        if self.span is None:
            return
        if code is not None:
            self.span.fail_with(code)
        self.span.end()


UNTRACED = Handling()


class Handlings:
    """What each message that is traced is handled within, for as long as there is the message."""

    def __init__(self) -> None:
        self._contexts: dict[int, tuple[weakref.ref[ReceivedMessage], Context]] = {}

    def begin(self, message: ReceivedMessage, raw: LinkMessage, *, is_delta: bool) -> Handling:
        """A delta is part of its stream's span, not worth one of its own."""
        if _tracing is None or _tracing.installed_tracer() is None:
            return UNTRACED
        if is_delta:
            return Handling(within=_tracing.sender_context(message, raw.headers))
        span: MessageSpan | None = _tracing.begin_handling(message, raw)
        if span is None:
            return UNTRACED
        key = id(message)
        self._contexts[key] = (weakref.ref(message, lambda _: self._contexts.pop(key, None)), span.context)
        return Handling(span, span.context)

    def context_of(self, message: ReceivedMessage) -> Context | None:
        """None when it is not traced."""
        found = self._contexts.get(id(message))
        return found[1] if found and found[0]() is message else None
