"""Questions to a registry without an agent: nothing is registered, the caller stays invisible."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agentnet_protocol import (
    AgentRow,
    MessageSearchReply,
    MetricsReply,
    MetricsRequest,
    Profile,
    RegistryClient,
    ResolveAccountRequest,
    SearchReply,
    ThreadListReply,
    ThreadMessagesReply,
    ThreadStatusReply,
    limits,
)

from ..clock import SystemClock
from ..connection.link import Link
from ..connection.patient_transport import PatientTransport
from ..connection.to_agentnet_error import with_own_errors
from .queries import (
    agent_pages,
    find_profile,
    find_thread_status,
    message_pages,
    online_pages,
    thread_message_pages,
    thread_pages,
)

CONNECT_SECONDS = limits.CONNECT_TIMEOUT_MS / 1000


async def list_online_agents(nats_url: str, *, timeout: float | None = None) -> list[AgentRow]:
    """Everybody who is online, all pages of it: one row per session, by agent id.

    Args:
        nats_url: `nats://<token>@host:port`
        timeout: Longest wait in seconds for the connection and for each answer. Default: the protocol's own.

    Raises:
        AgentNetError: `connect_failed`, `authorization_failed`, `registry_unavailable`, `request_timeout`
    """
    async with open_registry(nats_url, timeout) as registry:
        return [row async for row in online_pages(registry)]


async def search_agents(nats_url: str, *, timeout: float | None = None, **filters: Any) -> SearchReply:
    """One page of accounts, those with most online sessions first. Filters: the fields of `SearchRequest`."""
    async with open_registry(nats_url, timeout) as registry:
        return await agent_pages(registry, filters)


async def get_profile(nats_url: str, target: str, *, timeout: float | None = None) -> Profile:
    """One account with its online sessions. `target`: `account:<id>`, `acct_…`, `username:<name>`, `@name`, a name."""
    async with open_registry(nats_url, timeout) as registry:
        return await find_profile(registry, target)


async def resolve_account(nats_url: str, username: str, *, timeout: float | None = None) -> str:
    """The account id of a username."""
    async with open_registry(nats_url, timeout) as registry:
        request = ResolveAccountRequest(username=username)
        return (await with_own_errors(registry.resolve_account(request))).account_id


async def list_threads(nats_url: str, *, timeout: float | None = None, **filters: Any) -> ThreadListReply:
    """One page of threads, newest activity first. Filters: the fields of `ThreadListRequest`."""
    async with open_registry(nats_url, timeout) as registry:
        return await thread_pages(registry, filters)


async def get_thread_messages(
    nats_url: str, thread_id: str, *, timeout: float | None = None, **page: Any
) -> ThreadMessagesReply:
    """One page of a thread, newest first; `limit` and `cursor`. An unknown thread has no messages."""
    async with open_registry(nats_url, timeout) as registry:
        return await thread_message_pages(registry, {**page, "thread_id": thread_id})


async def get_thread_status(nats_url: str, thread_id: str, *, timeout: float | None = None) -> ThreadStatusReply:
    """Size and state of one thread."""
    async with open_registry(nats_url, timeout) as registry:
        return await find_thread_status(registry, thread_id)


async def search_messages(nats_url: str, *, timeout: float | None = None, **filters: Any) -> MessageSearchReply:
    """One page of messages of all threads, newest first. Filters: the fields of `MessageSearchRequest`."""
    async with open_registry(nats_url, timeout) as registry:
        return await message_pages(registry, filters)


async def get_registry_metrics(nats_url: str, *, timeout: float | None = None) -> MetricsReply:
    """Counters of the registry process that answers."""
    async with open_registry(nats_url, timeout) as registry:
        return await with_own_errors(registry.metrics(MetricsRequest()))


@asynccontextmanager
async def open_registry(nats_url: str, timeout: float | None = None) -> AsyncIterator[RegistryClient]:
    """A connection for questions; it ends with the block."""
    link = Link(on_error=lambda error: None)
    seconds = CONNECT_SECONDS if timeout is None else timeout
    await link.open(nats_url, name="agentnet-py", timeout=seconds, max_reconnect_attempts=0)
    try:
        answer_ms = None if timeout is None else round(timeout * 1000)
        yield RegistryClient(PatientTransport(link, SystemClock(), answer_ms=answer_ms))
    finally:
        await link.close(CONNECT_SECONDS)
