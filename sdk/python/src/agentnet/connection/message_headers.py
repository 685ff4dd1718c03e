"""The headers of NATS messages."""

import re
from typing import Any

from agentnet_protocol import limits
from nats.aio.client import Client

_LINE_END = b"\r\n"
_FIRST_LINE = re.compile(rb"NATS/1\.0(?: *([0-9]{3})(?: +(.*))?)? *", re.DOTALL)
_NAME = re.compile(rb"[!-9;-~]+")

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


class HeaderClient(Client):
    """nats-py, which by itself keeps only the last of several headers of one name, and ends its read loop, deaf for
    ever, at a header block that is none. It also goes on in clear text, token included, where the
    server of a `tls://` URL offers no TLS."""

    demands_tls = False

    @property
    def takes_headers(self) -> bool:
        """Whether the server passes headers on; one that does not ends the connection over them."""
        return bool(self._server_info.get("headers"))

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if self.demands_tls and info.get("tls_available"):
            info["tls_required"] = True
        if self.demands_tls and initial_connection and not info.get("tls_required"):
            raise ConnectionRefusedError("the server has no TLS, which tls:// asks for")
        await super()._process_info(info, initial_connection)

    async def _process_headers(self, headers: bytes) -> dict[str, str] | None:
        return read_headers(bytes(headers)) if headers else None
