"""Making the call a language model asked for."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from agentnet_protocol import check, limits, tools

from ..agent_node import AgentNode
from ..conversation.ask import ask, tell
from ..discovery.queries import agent_pages, find_profile, message_pages, online_pages, thread_message_pages
from ..discovery.queries import thread_pages as pages_of_threads
from ..errors import AgentNetError, RemoteError, ValidationError

_Arguments = dict[str, Any]
_AGENT = ("username", "name", "capabilities", "account_id", "agent_id")
_MESSAGE = (
    "message_id",
    "thread_id",
    "parent_message_id",
    "from_account_id",
    "to_account_id",
    "kind",
    "payload",
    "sent_at",
)


async def call_tool(node: AgentNode, name: str, args: Any, *, timeout: float | None) -> dict[str, Any]:
    """Makes one call. What fails by code comes back as an error, anything else is a bug and is raised.

    Returns:
        `{"ok": True, "result": …}` or `{"ok": False, "error": {"code", "detail", "retryable", "remote_code"?}}`: JSON
        all through, so that it can be handed to the model as it is.
    """
    try:
        return {"ok": True, "result": await _run(node, name, _read_arguments(name, args), timeout)}
    except AgentNetError as cause:
        error = {"code": cause.code, "detail": cause.detail, "retryable": cause.retryable}
        if isinstance(cause, RemoteError) and cause.remote_code:
            error["remote_code"] = cause.remote_code
        return {"ok": False, "error": error}


def _read_arguments(name: str, given: Any) -> _Arguments:
    """Null counts as left out: models write it where they have nothing to say."""
    if name not in tools:
        raise ValidationError("unknown_tool", f"there is no tool {name!r}; there are {', '.join(tools)}")
    value = _parse(given) if isinstance(given, str) else given
    if not isinstance(value, dict):
        raise ValidationError("invalid_arguments", f"{name}: the arguments must be a JSON object")
    args = {key: member for key, member in value.items() if member is not None}
    violations = check(tools[name].arguments_schema, args)
    if violations:
        told = "; ".join(f"{violation.path[1:] or 'the object'} {violation.message}" for violation in violations)
        raise ValidationError("invalid_arguments", f"{name}: {told}")
    return args


def _parse(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as cause:
        raise ValidationError("invalid_arguments", "the arguments are not valid JSON") from cause


async def _run(node: AgentNode, name: str, args: _Arguments, timeout: float | None) -> Any:
    patience = {} if timeout is None else {"timeout": timeout}
    match name:
        case "ask":
            options = {**patience, "thread_id": args.get("thread_id")}
            answer = await ask(node, args["to"], {"text": args["text"]}, options)
            names = ("text", "thread_id", "message_id", "from_account_id")
            return {name: getattr(answer, name) for name in names}
        case "send":
            options = {"until": args.get("until", "accepted"), "thread_id": args.get("thread_id")}
            sent = await tell(node, args["to"], {"text": args["text"]}, options)
            status = sent.receipt["status"] if sent.receipt else None
            return {"message_id": sent.message_id, "thread_id": sent.thread_id, "status": status}
        case "get_profile":
            return (await find_profile(node.registry, args["target"])).to_dict()
        case _:
            return await _QUERIES[name](node, {"limit": limits.TOOL_PAGE_LIMIT_DEFAULT, **args})


async def _list_online(node: AgentNode, args: _Arguments) -> dict[str, Any]:
    page = (await online_pages(node.registry, args)).to_dict()
    return {"agents": [_card(row, _AGENT) for row in page["agents"]], **_more(page)}


async def _search_agents(node: AgentNode, args: _Arguments) -> dict[str, Any]:
    page = (await agent_pages(node.registry, args)).to_dict()
    return {"agents": page["results"], **_more(page)}


async def _list_threads(node: AgentNode, args: _Arguments) -> dict[str, Any]:
    page = (await pages_of_threads(node.registry, args)).to_dict()
    return {"threads": page["results"], **_more(page)}


async def _thread_messages(node: AgentNode, args: _Arguments) -> dict[str, Any]:
    page = (await thread_message_pages(node.registry, args)).to_dict()
    return {"messages": [_card(row, _MESSAGE) for row in page["messages"]], **_more(page)}


async def _search_messages(node: AgentNode, args: _Arguments) -> dict[str, Any]:
    page = (await message_pages(node.registry, args)).to_dict()
    return {"messages": [_card(row, _MESSAGE) for row in page["messages"]], **_more(page)}


_QUERIES: dict[str, Callable[[AgentNode, _Arguments], Awaitable[dict[str, Any]]]] = {
    "list_online": _list_online,
    "search_agents": _search_agents,
    "list_threads": _list_threads,
    "thread_messages": _thread_messages,
    "search_messages": _search_messages,
}
"""The results are in the wire's words and leave out what a model has no use for."""


def _card(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names if name in row}


def _more(page: dict[str, Any]) -> dict[str, Any]:
    cursor = page.get("next_cursor")
    return {} if cursor is None else {"next_cursor": cursor}
