"""Lists who is online, without being an agent."""

import asyncio
import os

from agentnet import list_online_agents

NATS_URL = os.environ.get("NATS_URL", "nats://agentnet_secret_token@127.0.0.1:4222")


async def main() -> None:
    for agent in await list_online_agents(NATS_URL):
        print(f"@{agent.username} {agent.account_id} {', '.join(agent.capabilities)}".rstrip())


asyncio.run(main())
