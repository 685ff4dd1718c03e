"""One conversation."""

from typing import Any

from agentnet_protocol import MessageRow, ThreadMessagesReply, ThreadStatusReply

from .agent_node import AgentNode
from .conversation.ask import AskResult, ask, new_thread_id, tell
from .discovery.queries import find_thread_status, thread_message_pages
from .outbox.send import Delivery
from .pages import Pages
from .require_option import require_schema, require_text
from .streams.ask_stream import AnswerStream, text_payload
from .streams.pump_text import TextChunks
from .streams.stream_text import SentStream


class ThreadSession:
    """Whatever it sends and asks carries its thread id. It holds no connection and needs no closing."""

    def __init__(self, node: AgentNode, thread_id: str | None = None) -> None:
        """Without an id the conversation is new. Raises: ValidationError: `invalid_option`"""
        self.thread_id = new_thread_id() if thread_id is None else thread_id
        require_text("thread_id", self.thread_id)
        require_schema("thread_id", "IdText", self.thread_id)
        self._node = node

    async def ask_text(self, to: str, text: str, **options: Any) -> AskResult:
        """As `AgentSDK.ask_text`, in this thread."""
        return await self.ask_json(to, {"text": text}, **options)

    async def ask_json(self, to: str, payload: Any, **options: Any) -> AskResult:
        """As `AgentSDK.ask_json`, in this thread."""
        return await ask(self._node, to, payload, {**options, "thread_id": self.thread_id})

    async def send_text(self, to: str, text: str, **options: Any) -> Delivery:
        """As `AgentSDK.send_text`, in this thread."""
        return await self.send_json(to, {"text": text}, **options)

    async def send_json(self, to: str, payload: Any, **options: Any) -> Delivery:
        """As `AgentSDK.send_json`, in this thread."""
        return await tell(self._node, to, payload, {**options, "thread_id": self.thread_id})

    async def stream_text(self, to: str, chunks: TextChunks, **options: Any) -> SentStream:
        """As `AgentSDK.stream_text`, in this thread."""
        return await self._node.stream_text(to=to, chunks=chunks, **{**options, "thread_id": self.thread_id})

    def ask_stream(self, to: str, payload: Any, **options: Any) -> AnswerStream:
        """As `AgentSDK.ask_stream`, in this thread."""
        asked = {**options, "payload": text_payload(payload), "thread_id": self.thread_id}
        return self._node.ask_stream(to=to, **asked)

    def messages(self, **page: Any) -> Pages[ThreadMessagesReply, MessageRow]:
        """What was said here, newest first; `limit` and `cursor`. The history lags the wire a little."""
        return thread_message_pages(self._node.registry, {**page, "thread_id": self.thread_id})

    async def status(self) -> ThreadStatusReply:
        """Size and state of this thread.

        Raises:
            AgentNetError: `not_found` before the first message is recorded; `registry_unavailable`, `request_timeout`
        """
        return await find_thread_status(self._node.registry, self.thread_id)
