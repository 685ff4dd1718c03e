"""What the protocol's first version taught its users to write runs as it stands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from agentnet import AgentNode, ReceivedMessage
from agentnet.inbox.run_handler import MessageHandler
from harness.raw_client import PATIENCE
from harness.readme_programs import run_program

SEND_FORMS = """
import asyncio
from agentnet import AgentNode

async def main():
    # Notice the security token is passed directly in the URL!
    node = AgentNode(
        agent_id="agent_foo_of_old",
        name="FooAgent",
        capabilities=["chat"],
        nats_url="nats://agentnet_secret_token@localhost:4222"
    )

    @node.on_message
    async def handle(msg):
        print("Got message:", msg.payload)

    await node.start()
    await node.send(to="@weather_bot", payload={"text": "yo"})
    account = (await node.request(to="@weather_bot", payload={"text": "who?"})).from_account_id
    await node.send_to_account(to_account_id=account, payload={"text": "yo"})
    await node.send_to_username(username="weather_bot", payload={"text": "yo"})
    await node.send(to=f"account:{account}", payload={"text": "yo"})
    await node.send(to=account, payload={"text": "yo"})
    await node.send(to="weather_bot", payload={"text": "yo"})
    await node.request_account(to_account_id=account, payload={"text": "yo"})
    await node.request_username(username="weather_bot", payload={"text": "yo"})
    await node.close()

asyncio.run(main())
"""

SDK_V2 = """
import asyncio
from agentnet.sdk import AgentSDK

async def main():
    async with AgentSDK(
        agent_id="agent_a",
        name="Agent A",
        nats_url="nats://agentnet_secret_token@localhost:4222",
    ) as sdk:
        online = await sdk.list_online()
        print([a.username for a in online])

        profile = await sdk.get_profile("mesh_agent_1")
        print(profile.get("bio", ""))

        result = await sdk.ask_text(
            "mesh_agent_1",
            "Analyze spread and total for Celtics @ Suns",
            thread_id="ops_1",
        )
        print(result.text)

        thread = sdk.thread("ops_1")
        await thread.send_text("mesh_agent_1", "Confirm your final pick")

        await sdk.send_text("mesh_agent_1", "yo", thread_id="ops_1")
        threads = await sdk.list_threads(query="ops_1")
        # What is recorded may come a moment later.
        while not threads.results:
            threads = await sdk.list_threads(query="ops_1")
        page = await sdk.get_thread_messages("ops_1", limit=1)
        await sdk.get_thread_messages("ops_1", limit=1, cursor=page.next_cursor)
        await sdk.search_messages(thread_id="ops_1", kind="request", limit=50)
        print((await sdk.thread_status("ops_1")).status)

asyncio.run(main())
"""

BLOBS = """
import asyncio
from agentnet.sdk import AgentSDK

async def main():
    async with AgentSDK(agent_id="painter", nats_url="nats://agentnet_secret_token@localhost:4222") as sdk:
        blob = sdk.put_blob_file("chart.png")
        await sdk.send_blob_ref("@vision_agent", blob, thread_id="media_ops_1")
        note = sdk.put_blob_bytes(b"a note", filename="note.txt", mime_type="text/plain")
        print(sdk.get_blob_bytes(blob.blob_id), sdk.get_blob_text(note.blob_id), sdk.head_blob(note.blob_id).size_bytes)

asyncio.run(main())
"""

LIST = """
import asyncio
from agentnet import list_online_agents

async def main():
    agents = await list_online_agents("nats://agentnet_secret_token@localhost:4222")
    print([a.to_dict() for a in agents])

asyncio.run(main())
"""

WRAPPER = """
import asyncio
from agentnet import AgentWrapper


async def main() -> None:
    sdk = AgentWrapper(
        agent_id="demo_worker_of_old",
        name="Demo Worker",
        username="demo_worker_of_old",
        nats_url="nats://agentnet_secret_token@localhost:4222",
    )

    @sdk.receive
    async def on_message(msg):
        if msg.reply_to:
            await sdk.reply(request=msg, payload={"ok": True})

    await sdk.connect()
    await sdk.request(to_username="weather_bot", payload={"text": "status?"}, timeout=5.0)
    await sdk.close()


asyncio.run(main())
"""

PROGRAMS = {
    "send forms": (SEND_FORMS, ""),
    "sdk v2": (SDK_V2, "analyzed\nok\n"),
    "blobs": (BLOBS, "b'pixels' a note 6\n"),
    "list": (LIST, "'agent_id': 'weather_bot'"),
    "wrapper": (WRAPPER, ""),
}


@pytest.fixture
async def others(nats_url: str) -> AsyncIterator[None]:
    """The agents that the programs talk to."""
    async with AsyncExitStack() as stack:
        for name, answer in (("weather_bot", {"ok": True}), ("mesh_agent_1", {"text": "analyzed"})):
            node = AgentNode(name, nats_url=nats_url)
            node.on_message(_answer(node, answer))
            await stack.enter_async_context(node)
        vision = AgentNode("vision_agent", nats_url=nats_url)
        vision.on_message(lambda message: None)
        await stack.enter_async_context(vision)
        yield


def _answer(node: AgentNode, payload: object) -> MessageHandler:
    async def handle(message: ReceivedMessage) -> None:
        if message.reply_to:
            await node.reply(message, payload)

    return handle


@pytest.mark.parametrize(("program", "prints"), PROGRAMS.values(), ids=PROGRAMS.keys())
async def test_given_a_program_of_the_first_version_when_it_runs_then_it_does_what_it_did(
    nats_url: str, others: None, tmp_path: Path, program: str, prints: str
) -> None:
    (tmp_path / "chart.png").write_bytes(b"pixels")
    process = await run_program(program, nats_url, tmp_path)
    told, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, complaints.decode()) == (0, "")
    assert prints in told.decode()
