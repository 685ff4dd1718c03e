"""Questions and answers, texts and JSON values."""

from dataclasses import dataclass
from typing import Any

from agentnet_protocol import limits

from ..agent_node import AgentNode
from ..errors import RemoteError
from ..outbox.resolve_target import capability_of
from ..outbox.send import Delivery
from ..received_message import ReceivedMessage
from .answer_text import answer_text
from .ulid import make_ulid

ASK_SECONDS = limits.ASK_TIMEOUT_MS / 1000


@dataclass(frozen=True, kw_only=True)
class AskResult:
    """An answer."""

    text: str
    """The payload if it is a text, else its member `text`, else the payload as JSON text."""
    payload: Any
    """The whole payload."""
    thread_id: str
    """The conversation; hand it to the next `ask` to go on with it."""
    message_id: str
    """The answer's id."""
    request_id: str | None
    """The question's id, as the answer names it."""
    trace_id: str | None
    from_account_id: str | None
    """The account that answered."""
    message: ReceivedMessage
    """The answer as it came, in the wire's words."""


async def ask(node: AgentNode, to: str, payload: Any, options: dict[str, Any]) -> AskResult:
    """Sends a request to any form of target, `capability:<name>` included, and waits for the answer.

    Raises:
        AgentNetError: As `AgentNode.request`; `busy` also for `shutting_down`, `expired` also for `missing_ttl`.
    """
    asked = {"timeout": ASK_SECONDS, **options}
    capability = capability_of(to)
    try:
        if capability is None:
            reply = await node.request(to=to, payload=payload, **asked)
        else:
            reply = await node.request_capability(capability=capability, payload=payload, **asked)
    except RemoteError as cause:
        raise _to_askers_error(cause) from cause
    return AskResult(
        text=answer_text(reply.payload),
        payload=reply.payload,
        thread_id=reply.thread_id,
        message_id=reply.message_id,
        request_id=reply.parent_message_id,
        trace_id=reply.trace_id,
        from_account_id=reply.from_account_id,
        message=reply,
    )


async def tell(node: AgentNode, to: str, payload: Any, options: dict[str, Any]) -> Delivery:
    """Sends to any form of target, `capability:<name>` included."""
    capability = capability_of(to)
    if capability is None:
        return await node.send(to=to, payload=payload, **options)
    return await node.send_to_capability(capability=capability, payload=payload, **options)


def new_thread_id() -> str:
    """`thread_sdk_` and a ULID: it sorts by the time it was made."""
    return f"thread_sdk_{make_ulid()}"


def _to_askers_error(error: RemoteError) -> RemoteError:
    """Codes that mean the same to somebody who asks; the one that stood on the wire is `remote_code`."""
    remote_code = error.remote_code or error.code
    remote_detail = error.remote_detail or error.detail
    if error.code == "shutting_down":
        return RemoteError("busy", error.detail, remote_code=remote_code, remote_detail=remote_detail)
    if error.code == "missing_ttl":
        return RemoteError("expired", error.detail, remote_code=remote_code, remote_detail=remote_detail)
    return error
