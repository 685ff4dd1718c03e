"""The agent-friendly face of the network."""

from types import TracebackType
from typing import Any

from agentnet_protocol import (
    AgentRow,
    MessageRow,
    MessageSearchReply,
    MetricsReply,
    MetricsRequest,
    Profile,
    SearchReply,
    SearchResult,
    ThreadListReply,
    ThreadMessagesReply,
    ThreadRow,
    ThreadStatusReply,
)

from .agent_node import JOIN_SECONDS, AgentNode
from .connection.to_agentnet_error import with_own_errors
from .conversation.ask import AskResult, ask, tell
from .discovery.queries import (
    agent_pages,
    find_profile,
    find_thread_status,
    message_pages,
    online_pages,
    thread_message_pages,
    thread_pages,
)
from .inbox.inbox import MessageHandler
from .outbox.send import Delivery
from .pages import Pages
from .received_message import ReceivedMessage
from .thread_session import ThreadSession


class AgentSDK:
    """Texts and JSON values in, typed results out, errors raised by code. Everything it does not offer is at `node`.

    A target is `account:<id>`, `acct_…`, `username:<name>`, `@name`, a bare name, or `capability:<name>`.
    """

    def __init__(self, agent_id: str, **options: Any) -> None:
        """Options: those of `AgentNode`. Raises: ValidationError: `invalid_option`"""
        self.node = AgentNode(agent_id, **options)

    def receive(self, handler: MessageHandler) -> MessageHandler:
        """As `AgentNode.on_message`: without a handler this agent asks and is not asked."""
        return self.node.on_message(handler)

    async def start(self, *, timeout: float = JOIN_SECONDS) -> None:
        """As `AgentNode.start`."""
        await self.node.start(timeout=timeout)

    async def close(self) -> None:
        """As `AgentNode.close`."""
        await self.node.close()

    async def __aenter__(self) -> "AgentSDK":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def list_online(self) -> list[AgentRow]:
        """Everybody who is online, one row per session, by agent id.

        Raises:
            AgentNetError: `registry_unavailable`, `request_timeout`
        """
        return [row async for row in online_pages(self.node.registry)]

    async def get_profile(self, target: str) -> Profile:
        """One account with its online sessions; any target but a capability.

        Raises:
            AgentNetError: `not_found`, `invalid_target`, `registry_unavailable`, `request_timeout`
        """
        return await find_profile(self.node.registry, target)

    def search(self, query: str = "", **filters: Any) -> Pages[SearchReply, SearchResult]:
        """Accounts found, those with most online sessions first; `capability`, `online_only`, `limit`, `cursor`."""
        return agent_pages(self.node.registry, {**filters, "query": query})

    async def ask_text(self, to: str, text: str, **options: Any) -> AskResult:
        """Asks with `{"text": …}` and waits up to 60 s for the answer.

        Raises:
            AgentNetError: As `ask_json`.
        """
        return await self.ask_json(to, {"text": text}, **options)

    async def ask_json(self, to: str, payload: Any, **options: Any) -> AskResult:
        """Asks with any JSON value and waits up to 60 s (`timeout=`) for the answer. Nothing is sent again.

        Raises:
            AgentNetError: `request_timeout`, `recipient_offline`, `invalid_target`, `not_found`, `invalid_payload`,
                `message_too_large`; an error reply's code: `busy` (also for `shutting_down`), `expired` (also for
                `missing_ttl`), `rate_limited`, `timeout`, `handler_error`, ...
        """
        return await ask(self.node, to, payload, options)

    async def send_text(self, to: str, text: str, **options: Any) -> Delivery:
        """Sends `{"text": …}`."""
        return await self.send_json(to, {"text": text}, **options)

    async def send_json(self, to: str, payload: Any, **options: Any) -> Delivery:
        """Sends any JSON value; returns when the receiver has queued it, with `until="processed"` when it has handled
        it.

        Raises:
            AgentNetError: As `AgentNode.send`.
        """
        return await tell(self.node, to, payload, options)

    async def reply(self, request: ReceivedMessage, payload: Any) -> None:
        """As `AgentNode.reply`."""
        await self.node.reply(request, payload)

    def thread(self, thread_id: str | None = None) -> ThreadSession:
        """A conversation; without an id a new one."""
        return ThreadSession(self.node, thread_id)

    def list_threads(self, **filters: Any) -> Pages[ThreadListReply, ThreadRow]:
        """Threads, newest activity first. `await` it for one page, `async for` it for all rows."""
        return thread_pages(self.node.registry, filters)

    def get_thread_messages(self, thread_id: str, **page: Any) -> Pages[ThreadMessagesReply, MessageRow]:
        """Messages of one thread, newest first; `limit` and `cursor`."""
        return thread_message_pages(self.node.registry, {**page, "thread_id": thread_id})

    def search_messages(self, **filters: Any) -> Pages[MessageSearchReply, MessageRow]:
        """Messages of all threads, newest first. Filters: the fields of `MessageSearchRequest`."""
        return message_pages(self.node.registry, filters)

    async def thread_status(self, thread_id: str) -> ThreadStatusReply:
        """Size and state of one thread.

        Raises:
            AgentNetError: `not_found`, `registry_unavailable`, `request_timeout`
        """
        return await find_thread_status(self.node.registry, thread_id)

    async def metrics(self) -> MetricsReply:
        """Counters of the registry process that answers."""
        return await with_own_errors(self.node.registry.metrics(MetricsRequest()))

    def metrics_snapshot(self) -> dict[str, Any]:
        """Counters and latencies of this agent."""
        return self.node.metrics_snapshot()
