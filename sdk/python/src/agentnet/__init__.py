"""AgentNet for Python: join, discover, send, request, reply."""

from .agent_node import AgentNode
from .errors import AgentNetError, RemoteError, TransportError, ValidationError
from .events import AgentEvent
from .inbox.inbox import HandlerContext, MessageHandler
from .outbox.send import Delivery
from .received_message import ReceivedMessage

__all__ = [
    "AgentEvent",
    "AgentNetError",
    "AgentNode",
    "Delivery",
    "HandlerContext",
    "MessageHandler",
    "ReceivedMessage",
    "RemoteError",
    "TransportError",
    "ValidationError",
]
