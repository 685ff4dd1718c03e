"""An agent that answers: says when it has joined, and stays until it is interrupted."""

import asyncio
import os

from agentnet import AgentNode, ReceivedMessage

NATS_URL = os.environ.get("NATS_URL", "nats://agentnet_secret_token@127.0.0.1:4222")


async def main() -> None:
    node = AgentNode("agent_a", name="Agent A", capabilities=["chat"], nats_url=NATS_URL)

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        print("Agent A got:", message.payload, flush=True)
        if message.reply_to:
            await node.reply(message, {"text": f"hello {message.from_agent}, this is agent_a"})

    await node.start()
    print("ready", flush=True)
    await node.start_forever()


asyncio.run(main())
