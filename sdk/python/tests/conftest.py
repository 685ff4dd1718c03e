"""A real network for the tests: nats-server and registry, as `agentnet up` runs them."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from agentnet import AgentNode
from agentnet.connection.link import Link
from harness.network import Network, open_network
from harness.processes import RegistryOnItsOwn, registry_with

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where agents join; the network lives as long as the test run."""
    node = shutil.which("node")
    assert node, "Node.js is missing"
    folder = tmp_path_factory.mktemp("network")
    command = [node, str(REPOSITORY / "tui/bin/agentnet.mjs"), "up", "--port", "0", "--data-dir", str(folder), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as network:  # noqa: S603 - our own program
        try:
            yield _ready_url(network)
        finally:
            network.terminate()
            network.wait()


def _ready_url(network: "subprocess.Popen[str]") -> str:
    assert network.stdout
    for line in network.stdout:
        event = json.loads(line)
        if event.get("event") == "ready":
            return str(event["nats_url"])
    raise AssertionError("the network ended before it was ready")


@pytest.fixture(scope="session")
def signed_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryOnItsOwn]:
    """A network on which everybody must sign."""
    with registry_with({"DEV_AUTH": "true"}, tmp_path_factory.mktemp("signed")) as registry:
        yield registry


@pytest.fixture
async def network(nats_url: str) -> AsyncIterator[Network]:
    """The shared network, with peers that are closed after the test."""
    async with open_network(nats_url) as network:
        yield network


@pytest.fixture
async def signed_network(signed_registry: RegistryOnItsOwn) -> AsyncIterator[Network]:
    """The one on which everybody must sign."""
    async with open_network(signed_registry.nats_url) as network:
        yield network


@pytest.fixture
async def caller(nats_url: str) -> AsyncIterator[AgentNode]:
    """An agent that only sends."""
    async with AgentNode("caller", nats_url=nats_url) as node:
        yield node


@pytest.fixture
async def raw(nats_url: str) -> AsyncIterator[Link]:
    """A connection without an agent, for what no SDK would send."""
    link = Link(on_error=lambda error: None)
    await link.open(nats_url, name="raw", timeout=10, max_reconnect_attempts=0)
    yield link
    await link.close(5)
