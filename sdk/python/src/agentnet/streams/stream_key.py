"""Telling streams apart."""

import json

from ..inbox.limits_per_sender import sender_of
from ..received_message import ReceivedMessage


def stream_key(message: ReceivedMessage, stream_id: str) -> str:
    """One sender's stream ids are its own, and so are those of another thread."""
    return json.dumps([sender_of(message), message.thread_id, stream_id])
