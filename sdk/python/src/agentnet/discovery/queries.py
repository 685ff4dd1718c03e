"""The registry's questions, as pages."""

from typing import Any, TypeVar

from agentnet_protocol import (
    AgentRow,
    ListReply,
    ListRequest,
    MessageRow,
    MessageSearchReply,
    MessageSearchRequest,
    Profile,
    ProfileRequest,
    RegistryClient,
    SearchReply,
    SearchRequest,
    SearchResult,
    ThreadListReply,
    ThreadListRequest,
    ThreadMessagesReply,
    ThreadMessagesRequest,
    ThreadRow,
    ThreadStatusReply,
    ThreadStatusRequest,
)
from pydantic import BaseModel
from pydantic import ValidationError as ModelError

from ..connection.to_agentnet_error import with_own_errors
from ..errors import ValidationError
from ..outbox.resolve_target import NamedTarget, parse_target
from ..pages import Pages

_Request = TypeVar("_Request", bound=BaseModel)


def online_pages(registry: RegistryClient, filters: dict[str, Any] | None = None) -> Pages[ListReply, AgentRow]:
    """Everybody who is online, one row per session, by agent id."""
    given = dict(filters or {})
    start = given.pop("cursor", None)
    return Pages(lambda cursor: registry.list(_ask(ListRequest, cursor, given)), lambda page: page.agents, start)


def agent_pages(registry: RegistryClient, filters: dict[str, Any]) -> Pages[SearchReply, SearchResult]:
    """Accounts found, those with most online sessions first."""
    start = filters.pop("cursor", None)
    return Pages(lambda cursor: registry.search(_ask(SearchRequest, cursor, filters)), lambda page: page.results, start)


def thread_pages(registry: RegistryClient, filters: dict[str, Any]) -> Pages[ThreadListReply, ThreadRow]:
    """Threads, newest activity first."""
    start = filters.pop("cursor", None)
    return Pages(
        lambda cursor: registry.thread_list(_ask(ThreadListRequest, cursor, filters)),
        lambda page: page.results,
        start,
    )


def thread_message_pages(registry: RegistryClient, filters: dict[str, Any]) -> Pages[ThreadMessagesReply, MessageRow]:
    """Messages of one thread, newest first."""
    start = filters.pop("cursor", None)
    return Pages(
        lambda cursor: registry.thread_messages(_ask(ThreadMessagesRequest, cursor, filters)),
        lambda page: page.messages,
        start,
    )


def message_pages(registry: RegistryClient, filters: dict[str, Any]) -> Pages[MessageSearchReply, MessageRow]:
    """Messages of all threads, newest first.

    Raises:
        AgentNetError: `filter_unsupported` when the registry is older than one of the filters.
    """
    start = filters.pop("cursor", None)
    return Pages(
        lambda cursor: _find_messages(registry, _ask(MessageSearchRequest, cursor, filters)),
        lambda page: page.messages,
        start,
    )


async def find_profile(registry: RegistryClient, target: str) -> Profile:
    """One account with its online sessions.

    Raises:
        AgentNetError: `not_found`, `invalid_target`, `registry_unavailable`, `request_timeout`
    """
    named: NamedTarget = parse_target(target)
    request = _ask(ProfileRequest, None, {named.field: named.value})
    return (await with_own_errors(registry.profile(request))).profile


async def find_thread_status(registry: RegistryClient, thread_id: str) -> ThreadStatusReply:
    """Raises: AgentNetError: `not_found`, `registry_unavailable`, `request_timeout`"""
    request = _ask(ThreadStatusRequest, None, {"thread_id": thread_id})
    return await with_own_errors(registry.thread_status(request))


async def _find_messages(registry: RegistryClient, request: MessageSearchRequest) -> MessageSearchReply:
    reply = await registry.message_search(request)
    # The filters of the protocol's first version are always repeated, so only later ones can be missing.
    used = {*reply.filters.to_dict(), "limit", "cursor", "strict_cursor"}
    ignored = [name for name, value in request.to_dict().items() if name not in used and str(value).strip()]
    if ignored:
        detail = f"the registry is too old to look for messages by {', '.join(ignored)}"
        raise ValidationError("filter_unsupported", detail)
    return reply


def _ask(kind: type[_Request], cursor: str | None, filters: dict[str, Any] | None = None) -> _Request:
    given = {name: value for name, value in (filters or {}).items() if value is not None}
    if cursor is not None:
        given |= {"cursor": cursor, "strict_cursor": True}
    try:
        return kind(**given)
    except ModelError as cause:
        error = cause.errors()[0]
        where = ".".join(str(part) for part in error["loc"])
        raise ValidationError("invalid_option", f"{where} {error['msg']}") from cause
