"""The calling side: reads loads from stdin, a JSON object per line, and tells on stdout what each cost."""

import asyncio
import json
import sys
import uuid
from contextlib import AsyncExitStack
from typing import Any

import httpx
from a2a import Message, SendMessageRequest, SendMessageResponse, SendParams, TextPart
from agentnet import AgentNode
from calls import Call, measure_closed, measure_open
from connect import connect
from first_version_asker import FirstVersionAsker

_PAYLOAD = {"text": "how are you?"}


async def main(addresses: dict[str, str]) -> None:
    async with AsyncExitStack() as stack:
        calls = {
            "ask": await _ask(stack, addresses["natsUrl"], addresses["accountId"]),
            "raw": await _raw(stack, addresses),
            "a2a": await _a2a(stack, addresses["httpUrl"]),
            "askSigned": await _ask(
                stack, addresses["signedNatsUrl"], addresses["signedAccountId"], addresses["keyDir"]
            ),
            "askSignedV1": await _ask_signed_v1(stack, addresses),
        }
        await _serve(calls)


async def _ask(stack: AsyncExitStack, nats_url: str, account_id: str, key_dir: str | None = None) -> Call:
    auth: dict[str, Any] = {} if key_dir is None else {"dev_auth": True, "dev_auth_key_dir": key_dir}
    node = await stack.enter_async_context(AgentNode("bench_python_asker", nats_url=nats_url, **auth))

    async def ask() -> None:
        await node.request_account(to_account_id=account_id, payload=_PAYLOAD, timeout=60)

    return ask


async def _ask_signed_v1(stack: AsyncExitStack, addresses: dict[str, str]) -> Call:
    connection = await connect(addresses["signedNatsUrl"])
    stack.push_async_callback(connection.close)
    asker = FirstVersionAsker(connection, addresses["signedAccountId"])
    await asker.register()
    return lambda: asker.ask(_PAYLOAD)


async def _raw(stack: AsyncExitStack, addresses: dict[str, str]) -> Call:
    connection = await connect(addresses["natsUrl"])
    stack.push_async_callback(connection.close)
    body = addresses["body"].encode()
    return lambda: connection.request(addresses["echoSubject"], body, timeout=60)


async def _a2a(stack: AsyncExitStack, url: str) -> Call:
    limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
    http = await stack.enter_async_context(httpx.AsyncClient(limits=limits))

    async def a2a() -> None:
        message = Message(
            role="user", messageId=uuid.uuid4().hex, contextId="bench", parts=[TextPart(text=_PAYLOAD["text"])]
        )
        request = SendMessageRequest(id=uuid.uuid4().hex, params=SendParams(message=message))
        response = await http.post(
            url, content=request.model_dump_json(), headers={"Content-Type": "application/json"}, timeout=60
        )
        SendMessageResponse.model_validate_json(response.content)

    return a2a


async def _serve(calls: dict[str, Call]) -> None:
    print(json.dumps({"ready": True}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        load = json.loads(line)
        call = calls[load["call"]]
        if "perSecond" in load:
            told = await measure_open(call, load["perSecond"], load["seconds"])
        else:
            told = await measure_closed(call, load["inFlight"], load["seconds"])
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
