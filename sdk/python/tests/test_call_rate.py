"""A registry that limits the calls of each client."""

import asyncio
from pathlib import Path

from agentnet import AgentNetError, AgentSDK
from harness.processes import registry_with


async def test_given_more_calls_at_once_than_allowed_when_an_agent_makes_them_then_it_waits_and_each_is_answered(
    tmp_path: Path,
) -> None:
    """rpc.rate-limit.wait"""
    limit = {"RPC_RATE_LIMIT_PER_SECOND": "10", "RPC_RATE_LIMIT_BURST": "2"}
    with registry_with(limit, tmp_path) as registry:
        async with AgentSDK("caller", nats_url=registry.nats_url) as sdk:
            found = await asyncio.gather(*(sdk.search("nobody") for _ in range(6)))
    assert [page.results for page in found] == [[]] * 6


async def test_given_a_wait_beyond_the_timeout_when_an_agent_calls_then_it_gets_the_refusal(tmp_path: Path) -> None:
    """rpc.rate-limit.wait"""
    limit = {"RPC_RATE_LIMIT_PER_SECOND": "0.001", "RPC_RATE_LIMIT_BURST": "3"}
    with registry_with(limit, tmp_path) as registry:
        async with AgentSDK("caller", nats_url=registry.nats_url) as sdk:
            pages = (sdk.search("nobody") for _ in range(3))
            outcomes = await asyncio.gather(*pages, return_exceptions=True)
    codes = {outcome.code for outcome in outcomes if isinstance(outcome, AgentNetError)}
    assert codes == {"rate_limited"}
