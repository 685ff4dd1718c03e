"""Both SDKs have the same public calls, or a listed reason not to."""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT

from agentnet import AgentNode, AgentSDK, ResolvedTarget
from harness.processes import REPOSITORY


async def test_given_the_code_of_both_sdks_when_compared_then_every_difference_is_listed_and_the_table_is_true() -> (
    None
):
    script = str(REPOSITORY / "scripts/public-calls/public_calls.py")
    process = await asyncio.create_subprocess_exec(sys.executable, script, stdout=PIPE, stderr=STDOUT)
    told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()


async def test_given_a_target_when_resolved_then_it_is_an_account_or_a_capability(
    nats_url: str, caller: AgentNode
) -> None:
    async with AgentSDK("resolver", nats_url=nats_url) as sdk:
        targets = [await sdk.resolve_target(to) for to in ("@caller", "account:acct_x", "capability:mesh.agent")]
    assert targets == [
        ResolvedTarget(account_id=caller.account_id),
        ResolvedTarget(account_id="acct_x"),
        ResolvedTarget(capability="mesh.agent"),
    ]
