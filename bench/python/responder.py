"""The answering side over NATS: one agent and one plain subscription. Tells where they listen, and ends with stdin."""

import asyncio
import json
import sys
from typing import Any

from agentnet import AgentNode, HandlerContext, ReceivedMessage
from connect import connect
from nats.aio.msg import Msg

ECHO_SUBJECT = "bench.python.echo"


async def main(nats_url: str, key_dir: str | None = None) -> None:
    auth: dict[str, Any] = {} if key_dir is None else {"dev_auth": True, "dev_auth_key_dir": key_dir}
    node = AgentNode(
        "bench_python_echo",
        nats_url=nats_url,
        max_concurrency=256,
        max_pending=10_000,
        rate_limit_per_sender_per_sec=float("inf"),
        **auth,
    )

    @node.on_message
    async def answer(message: ReceivedMessage, context: HandlerContext) -> None:
        await context.reply(message.payload)

    async def echo(message: Msg) -> None:
        await message.respond(message.data)

    connection = await connect(nats_url)
    async with node:
        await connection.subscribe(ECHO_SUBJECT, cb=echo)
        await connection.flush()
        print(json.dumps({"accountId": node.account_id, "echoSubject": ECHO_SUBJECT}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
