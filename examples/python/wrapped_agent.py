"""A runtime of its own, connected by AgentWrapper: what comes is handed to the runtime, and its result goes back."""

import asyncio
import os

from agentnet import AgentWrapper, ReceivedMessage

NATS_URL = os.environ.get("NATS_URL", "nats://agentnet_secret_token@127.0.0.1:4222")


def runtime(text: str) -> str:
    """Stands for whatever thinks."""
    return text.upper()


async def main() -> None:
    worker = AgentWrapper(agent_id="wrapped_agent", name="Wrapped Agent", username="wrapped_agent", nats_url=NATS_URL)
    asker = AgentWrapper(agent_id="wrapped_asker", nats_url=NATS_URL)

    @worker.receive
    async def on_message(message: ReceivedMessage) -> None:
        if message.reply_to:
            await worker.reply(request=message, payload={"text": runtime(message.payload["text"])})

    await worker.connect()
    await asker.connect()
    reply = await asker.request(to_username="wrapped_agent", payload={"text": "status?"}, timeout=20.0)
    await asker.close()
    await worker.close()
    if reply.payload != {"text": "STATUS?"}:
        raise SystemExit(f"unexpected reply: {reply.payload}")
    print(reply.payload["text"])


asyncio.run(main())
