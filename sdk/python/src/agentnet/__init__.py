"""AgentNet for Python: join, discover, send, request, reply."""

from .agent_node import AgentNode
from .agent_wrapper import AgentWrapper
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
from .inbox.inbox import HandlerContext, MessageHandler
from .outbox.send import Delivery
from .pages import Pages
from .received_message import ReceivedMessage
from .sdk import AgentSDK
from .thread_session import ThreadSession

__all__ = [
    "AgentEvent",
    "AgentNetError",
    "AgentNode",
    "AgentSDK",
    "AgentWrapper",
    "AskResult",
    "Delivery",
    "HandlerContext",
    "MessageHandler",
    "Pages",
    "ReceivedMessage",
    "RemoteError",
    "ThreadSession",
    "TransportError",
    "ValidationError",
    "get_profile",
    "get_registry_metrics",
    "get_thread_messages",
    "get_thread_status",
    "list_online_agents",
    "list_threads",
    "resolve_account",
    "search_agents",
    "search_messages",
]
