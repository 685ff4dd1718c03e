"""The headers of NATS messages."""

import re

from agentnet_protocol import limits

_LINE_END = b"\r\n"
_FIRST_LINE = re.compile(rb"NATS/1\.0(?: *([0-9]{3})(?: +(.*))?)? *", re.DOTALL)
_NAME = re.compile(rb"[!-9;-~]+")

HEADERS_BEGIN = b"NATS/1.0\r\n"
STATUS = "Status"
NO_RESPONDERS = "503"
"""The server's status for a request that nobody is subscribed to."""


def read_headers(block: bytes) -> dict[str, str] | None:
    """The headers of a message by exact name, with the server's status as the NATS client names it; None when there are
    none that can be read, or more than `HEADERS_MAX_BYTES` of them."""
    first, _, rest = block.partition(_LINE_END)
    opening = _FIRST_LINE.fullmatch(first)
    if opening is None:
        return None
    found: dict[str, str] = {}
    if opening[1]:
        found[STATUS] = opening[1].decode("ascii")
        if opening[2]:
            found["Description"] = opening[2].decode("utf-8", "replace").rstrip()
    if len(block) > limits.HEADERS_MAX_BYTES:
        return found or None
    for line in filter(None, rest.split(_LINE_END)):
        raw_name, colon, raw_value = line.partition(b":")
        if not colon or not _NAME.fullmatch(raw_name):
            return None
        name, value = raw_name.decode("ascii"), raw_value.decode("utf-8", "replace").strip(" \t")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found or None
