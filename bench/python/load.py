"""The calling side: reads loads from stdin, a JSON object per line, and tells on stdout what each cost."""

import asyncio
import json
import sys
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from a2a import Message, SendMessageRequest, SendMessageResponse, SendParams, TextPart
from agentnet import AgentNode
from calls import measure_calls
from connect import connect

Call = Callable[[], Awaitable[Any]]


async def main(addresses: dict[str, str]) -> None:
    body = addresses["body"].encode()
    limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
    connection = await connect(addresses["natsUrl"])
    async with (
        AgentNode("bench_python_asker", nats_url=addresses["natsUrl"]) as node,
        httpx.AsyncClient(limits=limits) as http,
    ):

        async def ask() -> None:
            await node.request_account(
                to_account_id=addresses["accountId"], payload={"text": "how are you?"}, timeout=60
            )

        async def raw() -> None:
            await connection.request(addresses["echoSubject"], body, timeout=60)

        async def a2a() -> None:
            message = Message(
                role="user", messageId=uuid.uuid4().hex, contextId="bench", parts=[TextPart(text="how are you?")]
            )
            request = SendMessageRequest(id=uuid.uuid4().hex, params=SendParams(message=message))
            response = await http.post(
                addresses["httpUrl"],
                content=request.model_dump_json(),
                headers={"Content-Type": "application/json"},
                timeout=60,
            )
            SendMessageResponse.model_validate_json(response.content)

        await _serve({"ask": ask, "raw": raw, "a2a": a2a})
    await connection.close()


async def _serve(calls: dict[str, Call]) -> None:
    print(json.dumps({"ready": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        load = json.loads(line)
        told = await measure_calls(calls[load["call"]], load["inFlight"], load["count"])
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
