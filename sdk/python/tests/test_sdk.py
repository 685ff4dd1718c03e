"""AgentSDK, threads, wrapper and one-shot questions, as an agent's author writes them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest
from agentnet import (
    AgentNode,
    AgentSDK,
    AgentWrapper,
    ReceivedMessage,
    RemoteError,
    ValidationError,
    list_online_agents,
)
from harness.message_builder import unique_name

_Value = TypeVar("_Value")


@pytest.fixture
async def mesh_agent(nats_url: str) -> AsyncIterator[AgentNode]:
    """Answers `{"text": …}` with the same text in capitals."""
    node = AgentNode("mesh_agent_1", capabilities=["mesh.agent"], nats_url=nats_url, metadata={"bio": "A test agent"})

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        if message.reply_to:
            await node.reply(message, {"text": message.payload["text"].upper()})

    async with node:
        yield node


@pytest.fixture
async def sdk(nats_url: str) -> AsyncIterator[AgentSDK]:
    async with AgentSDK("agent_a", name="Agent A", nats_url=nats_url) as opened:
        yield opened


async def test_given_agents_online_when_listed_then_usernames_and_profiles_are_found(
    sdk: AgentSDK, mesh_agent: AgentNode
) -> None:
    online = await sdk.list_online()
    profile = await sdk.get_profile("mesh_agent_1")
    assert {"agent_a", "mesh_agent_1"} <= {row.username for row in online}
    assert (profile.get("account_id"), profile.get("no_such_field", "")) == (mesh_agent.account_id, "")


async def test_given_a_thread_when_asked_and_told_then_everything_is_in_its_history(
    sdk: AgentSDK, mesh_agent: AgentNode
) -> None:
    result = await sdk.ask_text("mesh_agent_1", "Analyze", thread_id="py_ops_1")
    thread = sdk.thread("py_ops_1")
    await thread.send_text("capability:mesh.agent", "Confirm your final pick", until="processed")

    async def recorded() -> list[str]:
        return [row.kind or "" async for row in thread.messages(limit=2).rows()]

    kinds = await eventually(recorded, lambda found: len(found) == 3)
    assert result.text == "ANALYZE"
    assert sorted(kinds) == ["direct", "reply", "request"]
    assert (await thread.status()).message_count == 3


async def test_given_an_agent_that_was_asked_when_its_reply_is_on_record_then_the_request_is_as_processed(
    sdk: AgentSDK, mesh_agent: AgentNode
) -> None:
    """history.receipts.with-reply"""
    thread = sdk.thread(unique_name("asked"))
    await thread.ask_text("mesh_agent_1", "Analyze")

    async def recorded() -> dict[str, str]:
        return {row.kind or "": row.status async for row in thread.messages().rows()}

    statuses = await eventually(recorded, lambda found: found.get("request") == "processed" and len(found) == 2)
    assert statuses["reply"] == "received"


async def test_given_a_new_thread_when_two_questions_are_asked_then_both_carry_its_id(
    sdk: AgentSDK, mesh_agent: AgentNode
) -> None:
    thread = sdk.thread()
    first = await thread.ask_text("@mesh_agent_1", "a")
    second = await thread.ask_json("account:" + mesh_agent.account_id, {"text": "b"})
    assert first.thread_id == second.thread_id == thread.thread_id
    assert thread.thread_id.startswith("thread_sdk_")


async def test_given_an_unknown_name_when_asked_then_the_code_is_not_found(sdk: AgentSDK) -> None:
    with pytest.raises(RemoteError) as refusal:
        await sdk.ask_text("@nobody_at_all", "hello")
    assert refusal.value.code == "not_found"


async def test_given_pages_when_one_is_awaited_or_all_are_walked_then_each_has_its_own_rows(
    sdk: AgentSDK, nats_url: str
) -> None:
    # Found by a name of their own: others of the network come and go meanwhile, and go first while they are online.
    name = unique_name("paged")
    async with AgentNode(f"{name}_1", nats_url=nats_url), AgentNode(f"{name}_2", nats_url=nats_url):
        page = await sdk.search(name, limit=1)
        sizes = [len(found.results) async for found in sdk.search(name, limit=1)]
        names = [row.username async for row in sdk.search(name, limit=1).rows()]
    assert sizes == [1, 1]
    assert len(page.results) == 1
    assert page.next_cursor
    assert sorted(names) == [f"{name}_1", f"{name}_2"]


async def test_given_a_wrapper_when_it_asks_then_exactly_one_address_counts(
    nats_url: str, mesh_agent: AgentNode
) -> None:
    async with AgentWrapper(agent_id="demo_worker", username="demo_worker", nats_url=nats_url) as wrapper:
        reply = await wrapper.request(to_username="mesh_agent_1", payload={"text": "status?"}, timeout=20.0)
        with pytest.raises(ValidationError):
            await wrapper.send(payload=1)
        with pytest.raises(ValidationError):
            await wrapper.send(payload=1, to="a", to_username="b")
    assert reply.payload == {"text": "STATUS?"}


async def test_given_a_url_when_online_agents_are_listed_then_nothing_is_registered(
    nats_url: str, mesh_agent: AgentNode
) -> None:
    rows = [row.to_dict() for row in await list_online_agents(nats_url)]
    assert "mesh_agent_1" in [row["username"] for row in rows]
    assert not any("agentnet-py" in row["agent_id"] for row in rows)


async def eventually(
    read: Callable[[], Awaitable[_Value]], is_enough: Callable[[_Value], bool], attempts: int = 400
) -> _Value:
    """Reads until the value is enough; every reading waits for an answer of the registry, so this ends."""
    for _ in range(attempts):
        value = await read()
        if is_enough(value):
            return value
    raise AssertionError(f"still {value!r} after {attempts} readings")
