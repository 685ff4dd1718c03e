"""Which server of several an agent joins, and how soon it knows that there is none."""

import asyncio

import pytest
from agentnet import AgentNetError, list_online_agents


@pytest.mark.parametrize("absent", ["127.0.0.1:1,{there}", "{there},127.0.0.1:1"])
async def test_given_two_servers_when_one_of_them_is_absent_then_the_other_is_used(nats_url: str, absent: str) -> None:
    there = nats_url.removeprefix("nats://")
    assert await list_online_agents("nats://" + absent.format(there=there), timeout=60) is not None


async def test_given_no_server_when_asked_with_all_the_time_of_the_world_then_it_fails_before_that() -> None:
    with pytest.raises(AgentNetError) as refusal:
        await asyncio.wait_for(list_online_agents("nats://127.0.0.1:1,127.0.0.1:2", timeout=3600), 60)
    assert refusal.value.code == "connect_failed"
