"""TLS to NATS: who is believed to be the server, and what a server that is not is told."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from agentnet import AgentNetError, AgentNode, NetworkBlobs, list_online_agents
from agentnet.connection.link import Link
from agentnet.connection.tls_files import TlsFiles
from harness.certificates import Authority
from harness.processes import nats_server, registry_at

TOKEN = "t0ken-of-this-network"  # noqa: S105 - of a server that lives as long as this file's tests


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with nats_server(tmp_path_factory.mktemp("nats"), *_arguments(authority, "127.0.0.1")) as url:
        yield _with_tls(url)


async def test_given_a_server_with_a_certificate_of_a_known_authority_when_agents_ask_then_they_are_answered(
    server: str, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca_file = str(authority.ca_file)
    with registry_at(server, {"NATS_CA": ca_file}, tmp_path):
        echo = AgentNode("tls_echo", nats_url=server, tls_ca_file=ca_file)

        @echo.on_message
        async def handle(message):  # type: ignore[no-untyped-def]
            await echo.reply(message, message.payload)

        async with echo, AgentNode("tls_asker", nats_url=server, tls_ca_file=ca_file) as asker:
            assert (await asker.request(to="@tls_echo", payload="kept")).payload == "kept"
            monkeypatch.setenv("NATS_CA", ca_file)
            assert "tls_echo" in [agent.username for agent in await list_online_agents(server)]
            async with NetworkBlobs(server) as blobs:
                assert await blobs.get_blob_bytes(await blobs.put_blob_bytes(b"kept")) == b"kept"


async def test_given_a_server_without_tls_when_tls_is_asked_for_then_nothing_is_sent_to_it_the_token_included() -> None:
    heard = bytearray()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"server_id": "x", "version": "2.9.10", "proto": 1, "max_payload": 1_048_576, "headers": True}
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        heard.extend(await reader.read())
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        failure = await _failure_at(f"tls://{TOKEN}@127.0.0.1:{port}")
    assert (failure.code, "has no TLS" in failure.detail) == ("connect_failed", True)
    assert heard == b""


async def test_given_a_certificate_of_a_stranger_or_for_another_host_when_it_connects_then_it_fails_as_connect_failed(
    server: str, authority: Authority, tmp_path: Path
) -> None:
    stranger = await _failure_at(server)
    assert (stranger.code, "NATS_CA" in stranger.detail) == ("connect_failed", True)
    with nats_server(tmp_path, *_arguments(authority, "localhost")) as elsewhere:
        other = await _failure_at(_with_tls(elsewhere), str(authority.ca_file))
    assert (other.code, "certificate" in other.detail) == ("connect_failed", True)


@pytest.mark.parametrize(
    "options",
    [
        {"nats_url": "nats://127.0.0.1:1", "tls_ca_file": "ca.pem"},
        {"nats_url": "tls://127.0.0.1:1", "tls_ca_file": "/nowhere.pem"},
        {"nats_url": "tls://127.0.0.1:1", "tls_cert_file": __file__},
        {"nats_url": "tls://127.0.0.1:1", "tls_ca_file": __file__},
    ],
)
async def test_given_wrong_tls_options_when_an_agent_is_made_and_started_then_they_are_refused(
    options: dict[str, str],
) -> None:
    with pytest.raises(AgentNetError) as refusal:
        await AgentNode("tls_wrong", **options).start()  # type: ignore[arg-type]
    assert refusal.value.code == "invalid_option"


def test_given_several_servers_one_of_them_with_tls_when_an_agent_is_made_with_tls_files_then_it_takes_them() -> None:
    AgentNode("tls_several", nats_url="nats://127.0.0.1:1, TLS://127.0.0.1:2", tls_ca_file="ca.pem")


def _arguments(authority: Authority, host: str) -> list[str]:
    cert_file, key_file = authority.issue(host)
    return ["--auth", TOKEN, "--tls", "--tlscert", str(cert_file), "--tlskey", str(key_file)]


def _with_tls(nats_url: str) -> str:
    return nats_url.replace("nats://", f"tls://{TOKEN}@")


async def _failure_at(url: str, ca_file: str | None = None) -> AgentNetError:
    with pytest.raises(AgentNetError) as failure:
        await Link(on_error=lambda error: None).open(
            url, name="tls", timeout=20, max_reconnect_attempts=0, tls=TlsFiles(ca_file=ca_file)
        )
    return failure.value
