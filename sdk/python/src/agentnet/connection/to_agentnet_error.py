"""Errors of nats-py and of the generated code, as ours."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from agentnet_protocol import ErrorCode, ProtocolError, RemoteRefusal, error_codes, operations
from nats import errors as nats_errors

from ..errors import AgentNetError, RemoteError, TransportError, ValidationError

_NATS_ERRORS: tuple[tuple[type[BaseException], ErrorCode], ...] = (
    (nats_errors.AuthorizationError, "authorization_failed"),
    (nats_errors.BadSubjectError, "invalid_subject_token"),
    (nats_errors.ConnectionClosedError, "connection_closed"),
    (nats_errors.ConnectionDrainingError, "connection_closed"),
    (nats_errors.ConnectionReconnectingError, "connection_closed"),
    (nats_errors.NoServersError, "connect_failed"),
    (nats_errors.MaxPayloadError, "message_too_large"),
    (nats_errors.TimeoutError, "request_timeout"),
    (asyncio.TimeoutError, "request_timeout"),
)
"""First match wins."""

_VALIDATION_CODES = frozenset(
    (
        "bad_request",
        "invalid_option",
        "invalid_target",
        "invalid_payload",
        "invalid_reply",
        "message_too_large",
        "invalid_subject_token",
    )
)

_REGISTRY_SUBJECTS = frozenset(facts.subject for facts in operations.values() if facts.role != "message")

_Result = TypeVar("_Result")


async def with_own_errors(call: Awaitable[_Result]) -> _Result:
    """Awaits `call`; every failure becomes an `AgentNetError`."""
    try:
        return await call
    except AgentNetError:
        raise
    except Exception as cause:
        raise to_agentnet_error(cause) from cause


def to_agentnet_error(cause: BaseException) -> AgentNetError:
    """Turns what nats-py or the generated code raised into this SDK's error; unknown errors are `connection_closed`."""
    if isinstance(cause, AgentNetError):
        return cause
    if isinstance(cause, RemoteRefusal):
        return RemoteError(cause.code, cause.detail, remote_code=cause.code, remote_detail=cause.error)
    if isinstance(cause, ProtocolError):
        return agentnet_error(cause.code, cause.detail)
    for kind, code in _NATS_ERRORS:
        if isinstance(cause, kind):
            return agentnet_error(code, str(cause) or type(cause).__name__)
    return TransportError("connection_closed", str(cause) or type(cause).__name__)


def no_responders(subject: str) -> TransportError:
    """The error of a request on `subject` that nobody is subscribed to."""
    if subject in _REGISTRY_SUBJECTS:
        return TransportError(
            "registry_unavailable", f'nobody serves {subject}; start a registry, e.g. with "agentnet up"'
        )
    return TransportError("recipient_offline", f"nobody is subscribed to {subject}")


def agentnet_error(code: ErrorCode, detail: str) -> AgentNetError:
    """The error class that fits `code`."""
    if code in _VALIDATION_CODES:
        return ValidationError(code, detail)
    if error_codes[code].origin == "local":
        return TransportError(code, detail)
    return RemoteError(code, detail)
