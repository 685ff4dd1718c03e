"""What a language model may call."""

import json
from collections.abc import AsyncIterator

import pytest
from agentnet import AgentNode, AgentSDK, ReceivedMessage, ValidationError
from agentnet_protocol import tools


@pytest.fixture
async def sdk(nats_url: str) -> AsyncIterator[AgentSDK]:
    async with AgentSDK("tool_user", nats_url=nats_url) as opened:
        yield opened


@pytest.fixture
async def expert(nats_url: str) -> AsyncIterator[AgentNode]:
    node = AgentNode("tool_expert", capabilities=["tool.expertise"], nats_url=nats_url)

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        if message.reply_to:
            await node.reply(message, {"text": f"re: {message.payload['text']}"})

    async with node:
        yield node


async def test_given_a_format_when_tools_are_declared_then_every_tool_of_the_spec_is_there() -> None:
    sdk = AgentSDK("declares")
    openai, anthropic = sdk.tool_definitions("openai"), sdk.tool_definitions("anthropic")
    assert [tool["function"]["name"] for tool in openai] == [tool["name"] for tool in anthropic] == list(tools)
    assert openai[0]["function"]["parameters"] == anthropic[0]["input_schema"] == tools["list_online"].parameters
    anthropic[0]["input_schema"].clear()
    assert tools["list_online"].parameters
    with pytest.raises(ValidationError):
        sdk.tool_definitions("other")  # type: ignore[arg-type]


async def test_given_an_expert_when_every_tool_is_called_then_the_results_are_json(
    sdk: AgentSDK, expert: AgentNode
) -> None:
    answer = await sdk.call_tool("ask", '{"to": "@tool_expert", "text": "hi", "thread_id": "py_tools"}')
    assert answer["ok"]
    assert (answer["result"]["text"], answer["result"]["from_account_id"]) == ("re: hi", expert.account_id)
    sent = await sdk.call_tool("send", {"to": "capability:tool.expertise", "text": "x", "until": "processed"})
    assert sent["result"]["status"] == "processed"
    found = await sdk.call_tool("search_agents", {"capability": "tool.expertise"})
    assert [agent["username"] for agent in found["result"]["agents"]] == ["tool_expert"]
    profile = await sdk.call_tool("get_profile", {"target": "@tool_expert"})
    assert profile["result"]["account_id"] == expert.account_id
    calls = ("list_online", None), ("list_threads", {"limit": 1}), ("search_messages", {"limit": 1})
    results = [await sdk.call_tool(name, args) for name, args in calls]
    results.append(await sdk.call_tool("thread_messages", {"thread_id": "py_tools"}))
    assert [result["ok"] for result in results] == [True] * 4
    assert json.loads(json.dumps(results)) == results


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("launch", {}, "unknown_tool"),
        ("ask", {"to": "@x"}, "invalid_arguments"),
        ("ask", "not json", "invalid_arguments"),
        ("ask", [], "invalid_arguments"),
        ("list_online", {"cursor": "made up"}, "cursor_invalid"),
        ("ask", {"to": "@nobody_there", "text": "x"}, "not_found"),
    ],
)
async def test_given_a_call_that_fails_when_made_then_the_model_reads_why(
    sdk: AgentSDK, name: str, args: object, code: str
) -> None:
    told = await sdk.call_tool(name, args)  # type: ignore[arg-type]
    assert (told["ok"], told["error"]["code"]) == (False, code)
