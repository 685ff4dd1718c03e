"""The span of one message, request or stream."""

import asyncio
from dataclasses import dataclass
from typing import Any

from agentnet_protocol import MessageHeaders
from opentelemetry.context import Context
from opentelemetry.trace import Span, format_trace_id, set_span_in_context
from opentelemetry.trace.status import Status, StatusCode

from ..errors import AgentNetError, RemoteError
from .trace_context import trace_id_in, write_trace_context

_UNKNOWN_ERROR = "_OTHER"
"""Error type of what has no code."""

_SPOKEN_OF = {
    "message_id": "messaging.message.id",
    "thread_id": "messaging.message.conversation_id",
    "kind": "agentnet.message.kind",
    "from_account_id": "agentnet.from_account_id",
    "to_account_id": "agentnet.to_account_id",
}
"""What a span says of a message, by the envelope's words."""


@dataclass(frozen=True)
class PartOfSpan:
    """What a message needs to know of the span it is sent in, when that is about more than this message."""

    trace_id: str | None
    """The trace it is recorded in; None when the tracer records nothing now."""
    headers: MessageHeaders | None
    """What tells the receiver of the span."""

    def describe(self, message: dict[str, Any], body_bytes: int) -> None:
        """The message's ids are not the span's."""


class MessageSpan:
    """A span, and where what it sends finds it."""

    def __init__(self, span: Span, within: Context) -> None:
        self._span = span
        self.context = set_span_in_context(span, within)
        """What runs within it finds the span here."""

    @property
    def trace_id(self) -> str | None:
        """The trace it is recorded in; None when the tracer records nothing now."""
        context = self._span.get_span_context()
        return format_trace_id(context.trace_id) if context.is_valid else None

    @property
    def headers(self) -> MessageHeaders | None:
        """What tells the receiver of the span."""
        context = self._span.get_span_context()
        return write_trace_context(context) if context.is_valid else None

    @property
    def for_parts(self) -> PartOfSpan:
        """For a message that is only a part of what the span is about."""
        return PartOfSpan(self.trace_id, self.headers)

    def describe(self, message: dict[str, Any], body_bytes: int) -> None:
        """Puts the message's ids on the span."""
        if not self._span.is_recording():
            return
        said: dict[str, Any] = {
            attribute: message[name] for name, attribute in _SPOKEN_OF.items() if message.get(name) is not None
        }
        said["messaging.message.body.size"] = body_bytes
        trace_id = message.get("trace_id")
        if trace_id is not None and trace_id_in(trace_id) is None:
            said["agentnet.trace_id"] = trace_id
        self._span.set_attributes(said)

    def describe_stream(self, *, stream_id: str, thread_id: str) -> None:
        """Puts a stream's ids on the span."""
        ids = {"agentnet.stream_id": stream_id, "messaging.message.conversation_id": thread_id}
        self._span.set_attributes(ids)

    def record(self, cause: BaseException) -> None:
        """Keeps what was raised with the span."""
        self._span.record_exception(cause)

    def fail_with(self, code: str) -> None:
        """Marks it as failed with an error code. Spec: rule `trace.error`."""
        self._span.set_attribute("error.type", code)
        self._span.set_status(Status(StatusCode.ERROR, code))

    def fail(self, cause: BaseException) -> None:
        self.record(cause)
        if isinstance(cause, AgentNetError):
            self.fail_with(cause.code)
        else:
            self.fail_with("cancelled" if isinstance(cause, asyncio.CancelledError) else _UNKNOWN_ERROR)
        if isinstance(cause, RemoteError) and cause.remote_code:
            self._span.set_attribute("agentnet.remote_code", cause.remote_code)

    def end(self) -> None:
        self._span.end()
