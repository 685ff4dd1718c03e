"""AgentNet for Python: join, discover, send, request, reply."""

from .agent_node import AgentNode
from .agent_wrapper import AgentWrapper
from .blobs.blob_reference import BlobReference, read_blob_ref
from .blobs.network_blobs import NetworkBlobs
from .blobs.transfer import BlobProgress
from .conversation.ask import AskResult
from .discovery.one_shot import (
    get_profile,
    get_registry_metrics,
    get_thread_messages,
    get_thread_status,
    list_online_agents,
    list_threads,
    resolve_account,
    search_agents,
    search_messages,
)
from .errors import AgentNetError, RemoteError, TransportError, ValidationError
from .events import AgentEvent
from .inbox.run_handler import HandlerContext, MessageHandler
from .outbox.resolve_target import ResolvedTarget
from .outbox.send import Delivery
from .pages import Pages
from .presence.change_key import KeyRotation
from .received_message import ReceivedMessage
from .sdk import AgentSDK
from .streams.ask_stream import AnswerStream
from .streams.stream_assembler import ReceivedStream
from .streams.stream_handler import stream_handler
from .streams.stream_join import StreamBounds
from .streams.stream_text import SentStream
from .thread_session import ThreadSession

__all__ = [
    "AgentEvent",
    "AgentNetError",
    "AgentNode",
    "AgentSDK",
    "AgentWrapper",
    "AnswerStream",
    "AskResult",
    "BlobProgress",
    "BlobReference",
    "Delivery",
    "HandlerContext",
    "KeyRotation",
    "MessageHandler",
    "NetworkBlobs",
    "Pages",
    "ReceivedMessage",
    "ReceivedStream",
    "RemoteError",
    "ResolvedTarget",
    "SentStream",
    "StreamBounds",
    "ThreadSession",
    "TransportError",
    "ValidationError",
    "get_profile",
    "get_registry_metrics",
    "get_thread_messages",
    "get_thread_status",
    "list_online_agents",
    "list_threads",
    "read_blob_ref",
    "resolve_account",
    "search_agents",
    "search_messages",
    "stream_handler",
]
