"""Messages as the rest of the SDK sees them."""

from dataclasses import dataclass

from agentnet_protocol import TransportMessage
from nats.aio.msg import Msg

from .message_headers import NO_RESPONDERS, STATUS


@dataclass(frozen=True)
class LinkMessage(TransportMessage):
    """A message of the NATS client."""

    no_responders: bool = False
    """The server's answer to a request that nobody is subscribed to."""


def to_link_message(message: Msg) -> LinkMessage:
    """The same message without the client."""
    return LinkMessage(
        message.subject, bytes(message.data), message.reply or "", message.headers, is_no_responders(message)
    )


def is_no_responders(message: Msg) -> bool:
    """Whether the server says that nobody is subscribed."""
    return not message.data and (message.headers or {}).get(STATUS) == NO_RESPONDERS
