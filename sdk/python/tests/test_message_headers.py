"""Headers beside a body, as they come and go."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from agentnet import AgentNetError
from agentnet.connection.link import Link
from agentnet.connection.link_message import LinkMessage
from agentnet.connection.message_headers import read_headers
from agentnet_protocol import limits
from harness.processes import first, program
from harness.raw_client import Noted


@pytest.fixture
def headless_nats_url(tmp_path: Path) -> Iterator[str]:
    """A server that passes no headers on."""
    settings = tmp_path / "nats.conf"
    settings.write_text("listen: 127.0.0.1:-1\nno_header_support: true\n")
    command = [program("nats-server"), "-c", str(settings)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own settings
        try:
            assert server.stderr
            yield f"nats://{first(server.stderr, r'client connections on (127[.]0[.]0[.]1:[0-9]+)')[1]}"
        finally:
            server.terminate()


@pytest.mark.parametrize(
    ("block", "headers"),
    [
        (b"NATS/1.0\r\nA: 1\r\nb:2\r\n\r\n", {"A": "1", "b": "2"}),
        (b"NATS/1.0\r\nA: 1\r\nA: 2\r\na: 3\r\n\r\n", {"A": "1, 2", "a": "3"}),
        (b"NATS/1.0\r\nA: caf\xc3\xa9: \xff\r\n\r\n", {"A": "café: \ufffd"}),
        (b"NATS/1.0 503\r\n\r\n", {"Status": "503"}),
        (b"NATS/1.0 404 No Messages\r\n\r\n", {"Status": "404", "Description": "No Messages"}),
        (b"NATS/1.0 100\r\nNats-Last: 7\r\n\r\n", {"Status": "100", "Nats-Last": "7"}),
        (b"NATS/1.0\r\n\r\n", None),
        (b"NATS/1.0\r\nA 1\r\n\r\n", None),
        (b"NATS/1.0\r\n: 1\r\n\r\n", None),
        (b"NATS/1.0\r\n\xc3\xa9: 1\r\n\r\n", None),
        (b"x", None),
        (b"NATS/1.0\r\nA: " + b"x" * limits.HEADERS_MAX_BYTES, None),
    ],
)
def test_given_a_header_block_when_read_then_names_are_exact_and_values_of_one_name_are_joined(
    block: bytes, headers: dict[str, str] | None
) -> None:
    """trace.header.malformed, auth.v2.header"""
    assert read_headers(block) == headers


async def test_given_a_server_that_knows_no_headers_when_a_message_has_some_then_it_goes_without_them(
    headless_nats_url: str,
) -> None:
    """auth.v2.v1-peers: such a server ends the connection of whoever sends it headers."""
    errors: list[AgentNetError] = []
    link = Link(on_error=errors.append)
    await link.open(headless_nats_url, name="headless", timeout=60, max_reconnect_attempts=0)
    heard: Noted[LinkMessage] = Noted()
    await link.subscribe("x", heard.note)
    await link.publish("x", b"body", headers={"A": "1"})
    message = await heard.next()
    await link.close(5)
    assert (message.body, message.headers, errors) == (b"body", None, [])


async def test_given_a_request_with_a_reply_subject_of_its_own_when_nobody_listens_then_that_is_said(raw: Link) -> None:
    """request.absent: and where somebody listens in silence, that nothing came."""
    heard: Noted[LinkMessage] = Noted()
    await raw.subscribe("silent", heard.note)
    await raw.flush()
    with pytest.raises(AgentNetError) as failure:
        await raw.request("nobody.there", b"", timeout_ms=60_000, reply=raw.new_inbox())
    assert failure.value.code == "recipient_offline"
    with pytest.raises(AgentNetError) as silence:
        await raw.request("silent", b"", timeout_ms=1, reply=(inbox := raw.new_inbox()), headers={"A": "1"})
    message = await heard.next()
    assert (silence.value.code, message.reply, message.headers) == ("request_timeout", inbox, {"A": "1"})
