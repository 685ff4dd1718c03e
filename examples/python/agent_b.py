"""An agent that asks: sends agent_a a message, waits until it is handled, and asks it a question."""

import asyncio
import os

from agentnet import AgentNode

NATS_URL = os.environ.get("NATS_URL", "nats://agentnet_secret_token@127.0.0.1:4222")


async def main() -> None:
    async with AgentNode("agent_b", name="Agent B", nats_url=NATS_URL) as node:
        await node.send(to="@agent_a", payload={"text": "hi from agent_b"}, until="processed")
        reply = await node.request(to="@agent_a", payload={"text": "who are you?"}, timeout=20.0)
        if reply.payload != {"text": "hello agent_b, this is agent_a"}:
            raise SystemExit(f"unexpected reply: {reply.payload}")
        print(reply.payload["text"])


asyncio.run(main())
