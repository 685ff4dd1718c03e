"""An agent in Python: adds two numbers until it is interrupted, and has each sum doubled by the agent that asked."""

import asyncio
import os

from agentnet import AgentNode, HandlerContext, ReceivedMessage

NATS_URL = os.environ.get("NATS_URL", "nats://agentnet_secret_token@127.0.0.1:4222")


async def main() -> None:
    adder = AgentNode("python_adder", capabilities=["example.python-add"], nats_url=NATS_URL)

    @adder.on_message
    async def handle(message: ReceivedMessage, context: HandlerContext) -> None:
        total = message.payload["x"] + message.payload["y"]
        doubled = await adder.request(to=message.payload["doubler"], payload={"number": total})
        await context.reply({"sum": total, "doubled": doubled.payload["result"]})

    await adder.start()
    print("ready", flush=True)
    await adder.start_forever()


asyncio.run(main())
