"""The agent-friendly face of the network."""

from collections.abc import Mapping
from os import PathLike
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
    limits,
)

from .agent_node import JOIN_SECONDS, AgentNode
from .blobs.blob_reference import BlobIdOrRef, BlobReference, require_reference
from .blobs.local_blobs import LocalBlobs, decode_text, read_put_options
from .blobs.transfer import OnProgress
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
from .inbox.run_handler import MessageHandler
from .outbox.resolve_target import ResolvedTarget, capability_of, capability_target, parse_target
from .outbox.send import Delivery
from .pages import Pages
from .received_message import ReceivedMessage
from .streams.ask_stream import AnswerStream, text_payload
from .streams.pump_text import TextChunks
from .streams.stream_text import SentStream
from .thread_session import ThreadSession
from .tools.call_tool import call_tool
from .tools.tool_definitions import ToolFormat, tool_definitions


class AgentSDK:
    """Texts and JSON values in, typed results out, errors raised by code. Everything it does not offer is at `node`.

    A target is `account:<id>`, `acct_…`, `username:<name>`, `@name`, a bare name, or `capability:<name>`.
    """

    def __init__(self, agent_id: str, *, blob_root: str | None = None, **options: Any) -> None:
        """Args:
            agent_id: As in `AgentNode`.
            blob_root: Folder of blobs. Default: `AGENTNET_BLOB_DIR`, or `.agentnet_blobs` in the working folder.
            **options: Those of `AgentNode`.

        Raises:
            ValidationError: `invalid_option`
        """
        self.node = AgentNode(agent_id, **options)
        self._blobs = LocalBlobs(blob_root)

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
        return [row async for row in online_pages(self.node.registry).rows()]

    async def get_profile(self, target: str) -> Profile:
        """One account with its online sessions; any target but a capability.

        Raises:
            AgentNetError: `not_found`, `invalid_target`, `registry_unavailable`, `request_timeout`
        """
        return await find_profile(self.node.registry, target)

    def search(self, query: str = "", **filters: Any) -> Pages[SearchReply, SearchResult]:
        """Accounts found, those with most online sessions first; `capability`, `online_only`, `limit`, `cursor`."""
        return agent_pages(self.node.registry, {**filters, "query": query})

    async def resolve_target(self, to: str) -> ResolvedTarget:
        """Where a target leads; a username costs one registry call, remembered for `resolve_cache_ttl_seconds`.

        Raises:
            AgentNetError: `invalid_target`, `not_found`, `registry_unavailable`, `request_timeout`
        """
        capability = capability_of(to)
        if capability is not None:
            capability_target(capability)
            return ResolvedTarget(capability=capability)
        named = parse_target(to)
        is_account = named.field == "account_id"
        return ResolvedTarget(account_id=named.value if is_account else await self.node.resolve_username(named.value))

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

    async def stream_text(self, to: str, chunks: TextChunks, **options: Any) -> SentStream:
        """Sends text to one account while it is being made. As `AgentNode.stream_text`."""
        return await self.node.stream_text(to=to, chunks=chunks, **options)

    def ask_stream(self, to: str, payload: Any, **options: Any) -> AnswerStream:
        """Asks and gives the answer while it is being made: `async for delta in sdk.ask_stream("@poet", "a poem")`.

        Args:
            to: Any target.
            payload: Any JSON value; a text is sent as `{"text": …}`.
            **options: As `AgentNode.ask_stream`, which this is.
        """
        return self.node.ask_stream(to=to, payload=text_payload(payload), **options)

    async def reply(self, request: ReceivedMessage, payload: Any) -> None:
        """As `AgentNode.reply`."""
        await self.node.reply(request, payload)

    def thread(self, thread_id: str | None = None) -> ThreadSession:
        """A conversation; without an id a new one."""
        return ThreadSession(self.node, thread_id)

    def list_threads(self, **filters: Any) -> Pages[ThreadListReply, ThreadRow]:
        """Threads, newest activity first. `await` it for one page, `async for` it for all pages, or its `rows()`."""
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

    def put_blob_bytes(self, content: bytes, *, on_progress: OnProgress | None = None, **options: Any) -> BlobReference:
        """Stores bytes in this machine's blob folder, at once, and returns the reference to send. Options: `filename`,
        `mime_type`, `metadata`, `blob_id`; `on_progress` hears how far it is.

        Raises:
            AgentNetError: `blob_id_invalid`, `blob_exists`, `blob_too_large`, `invalid_option`, `blob_store_failed`
        """
        return self._blobs.put_blob_bytes(content, read_put_options(options), on_progress)

    def put_blob_file(
        self, path: str | PathLike[str], *, on_progress: OnProgress | None = None, **options: Any
    ) -> BlobReference:
        """As `put_blob_bytes`, from a file that is not held in memory; its name is the `filename` unless one is given.

        Raises:
            AgentNetError: `invalid_option` when `path` is no plain file; as `put_blob_bytes`
        """
        return self._blobs.put_blob_file(path, read_put_options(options), on_progress)

    def get_blob_bytes(
        self,
        blob: BlobIdOrRef,
        *,
        max_bytes: int = limits.BLOB_MEMORY_MAX_BYTES,
        on_progress: OnProgress | None = None,
    ) -> bytes:
        """The verified bytes of a blob on this machine, by id, reference or received payload.

        Raises:
            AgentNetError: `blob_not_found`, `blob_corrupt`, `blob_id_invalid`, `blob_ref_invalid`,
                `blob_storage_unknown`, `blob_too_large`, `blob_store_failed`
        """
        return self._blobs.get_blob_bytes(blob, max_bytes=max_bytes, on_progress=on_progress)

    def get_blob_text(
        self,
        blob: BlobIdOrRef,
        *,
        max_bytes: int = limits.BLOB_MEMORY_MAX_BYTES,
        on_progress: OnProgress | None = None,
    ) -> str:
        """As `get_blob_bytes`, decoded from UTF-8; fails with `blob_not_text` when the bytes are something else."""
        return decode_text(self._blobs.get_blob_bytes(blob, max_bytes=max_bytes, on_progress=on_progress))

    def get_blob_file(
        self,
        blob: BlobIdOrRef,
        path: str | PathLike[str],
        *,
        max_bytes: int = limits.BLOB_MAX_BYTES,
        on_progress: OnProgress | None = None,
    ) -> BlobReference:
        """Writes a verified blob to `path`, all at once. Raises: as `get_blob_bytes`."""
        return self._blobs.get_blob_file(blob, path, max_bytes=max_bytes, on_progress=on_progress)

    def head_blob(self, blob: BlobIdOrRef) -> BlobReference:
        """What is on record about a blob on this machine. Raises: as `get_blob_bytes`."""
        return self._blobs.head_blob(blob)

    async def send_blob_ref(self, to: str, blob: BlobReference | Mapping[str, Any], **options: Any) -> Delivery:
        """Sends a reference as an ordinary message; the bytes stay where they are. Spec: rule `blob.bytes`.

        Raises:
            AgentNetError: `blob_ref_invalid`, `blob_id_invalid`, `blob_storage_unknown`, and as `AgentNode.send`.
        """
        return await tell(self.node, to, require_reference(blob).to_payload(), options)

    def tool_definitions(self, format: ToolFormat) -> list[dict[str, Any]]:  # noqa: A002 - the word of both SDKs
        """The calls a language model may make, as its API (`"openai"` or `"anthropic"`) wants them declared.

        Raises:
            ValidationError: `invalid_option`
        """
        return tool_definitions(format)

    async def call_tool(
        self, name: str, args: dict[str, Any] | str | None = None, *, timeout: float | None = None
    ) -> dict[str, Any]:
        """Makes the call a language model asked for.

        Args:
            name: One of `tool_definitions`.
            args: The arguments as an object, or as the JSON text some APIs give.
            timeout: Seconds to wait for an answer to `ask`.

        Returns:
            `{"ok": True, "result": …}`, or `{"ok": False, "error": …}` as the model should read it: unknown names,
            wrong arguments and failed calls do not raise.
        """
        return await call_tool(self.node, name, {} if args is None else args, timeout=timeout)

    async def metrics(self) -> MetricsReply:
        """Counters of the registry process that answers."""
        return await with_own_errors(self.node.registry.metrics(MetricsRequest()))

    def metrics_snapshot(self) -> dict[str, Any]:
        """Counters and latencies of this agent."""
        return self.node.metrics_snapshot()
