"""Calls to the registry."""

import math
from typing import Any, TypeVar

from .errors import ErrorCode, ProtocolError, is_error_code
from .json_text import Undecoded, encode_json, parse_json
from .operations import OperationName, operations
from .scalars import Model
from .transport import Transport
from .validate import SchemaName, check, describe_violations

_Reply = TypeVar("_Reply", bound=Model)


class RemoteRefusal(ProtocolError):
    """The registry's answer is a refusal."""

    def __init__(self, code: ErrorCode, error: str, detail: str) -> None:
        super().__init__(code, detail)
        self.error = error
        """Exact text of the reply's `error` field."""


async def call_rpc(
    transport: Transport, name: OperationName, request: Model, reply_type: type[_Reply], timeout_ms: int | None = None
) -> _Reply:
    """Asks the registry.

    Raises:
        RemoteRefusal: It refuses.
        ProtocolError: `bad_request` before anything is sent, when the request breaks its schema; `invalid_reply`.
    """
    facts = operations[name]
    sent = _checked(name, facts.request, request)
    body = await transport.request(
        facts.subject, sent, timeout_ms=facts.timeout_ms if timeout_ms is None else timeout_ms
    )
    # Replies wrap recorded payloads that are as deep as a body may be, so they are not held to that depth themselves.
    parsed = parse_json(body, math.inf)
    if isinstance(parsed, Undecoded):
        raise ProtocolError("invalid_reply", f"reply of {name}: {parsed.detail}")
    reply = parsed.value
    if isinstance(reply, dict) and isinstance(reply.get("error"), str):
        raise _refusal_of(name, reply["error"], reply)
    violations = [] if facts.reply is None else check(facts.reply, reply)
    if violations:
        raise ProtocolError("invalid_reply", f"reply of {name}: {describe_violations(violations)}")
    return reply_type.model_validate(reply)


async def publish_event(transport: Transport, name: OperationName, event: Model) -> None:
    """Publishes an event.

    Raises:
        ProtocolError: `bad_request` when it breaks its schema.
    """
    facts = operations[name]
    await transport.publish(facts.subject, _checked(name, facts.request, event))


def _checked(operation: OperationName, schema: SchemaName, message: Model) -> bytes:
    # A model can be changed after it was made, so it is checked as it is now.
    value = message.to_dict()
    violations = check(schema, value)
    if violations:
        raise ProtocolError("bad_request", f"request of {operation}: {describe_violations(violations)}")
    return encode_json(value)


def _refusal_of(operation: OperationName, error: str, reply: dict[str, Any]) -> RemoteRefusal:
    code, detail = reply.get("code"), reply.get("detail")
    known = code if is_error_code(code) else _code_of(operation, error)
    return RemoteRefusal(known, error, detail if isinstance(detail, str) and detail else error)


def _code_of(operation: OperationName, error: str) -> ErrorCode:
    """Older registries send the text alone."""
    facts = operations[operation]
    for code, text in facts.errors.items():
        if text == error:
            return code
    if error in facts.required_fields.values():
        return "field_required"
    return error if is_error_code(error) else "registry_error"
