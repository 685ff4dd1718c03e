"""The network of the conformance cases."""

from collections.abc import AsyncIterator

import pytest
from harness.network import Network, open_network
from harness.processes import RegistryOnItsOwn


@pytest.fixture
async def network(nats_url: str) -> AsyncIterator[Network]:
    async with open_network(nats_url) as network:
        yield network


@pytest.fixture
async def signed_network(signed_registry: RegistryOnItsOwn) -> AsyncIterator[Network]:
    """Everybody must sign."""
    async with open_network(signed_registry.nats_url) as network:
        yield network
