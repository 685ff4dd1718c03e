"""One message as it is written to NATS."""

import re
from typing import NamedTuple

from agentnet_protocol import MessageHeaders
from nats import errors as nats_errors

from .message_headers import HEADERS_BEGIN

_LINE_END = b"\r\n"
_UNFIT_FOR_SUBJECTS = re.compile(r"\s")
_LINE_ENDS = str.maketrans("\r\n", "  ")


class Outgoing(NamedTuple):
    """What is published, where."""

    subject: str
    body: bytes
    reply: str = ""
    headers: MessageHeaders | None = None


def command_for(message: Outgoing, max_payload: int) -> bytes:
    """The text that NATS is told.

    Raises:
        nats.errors.Error: The body is too large, the subject unfit.
    """
    subject, body, reply, headers = message
    head = _header_block(headers)
    if len(head) + len(body) > max_payload:
        # The server counts the headers, too, and ends the connection.
        raise nats_errors.MaxPayloadError
    if not subject or _UNFIT_FOR_SUBJECTS.search(subject) or _UNFIT_FOR_SUBJECTS.search(reply):
        raise nats_errors.BadSubjectError
    if not head:
        return f"PUB {subject} {reply} {len(body)}\r\n".encode() + body + _LINE_END
    return f"HPUB {subject} {reply} {len(head)} {len(head) + len(body)}\r\n".encode() + head + body + _LINE_END


def _header_block(headers: MessageHeaders | None) -> bytes:
    if not headers:
        return b""
    lines = "".join(f"{name}: {value.strip().translate(_LINE_ENDS)}\r\n" for name, value in headers.items())
    return HEADERS_BEGIN + lines.encode() + _LINE_END
