"""What Python can say and the protocol cannot."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from agentnet import AgentNetError, HandlerContext, ReceivedMessage
from agentnet.options import AgentOptions
from agentnet_protocol import limits, subjects
from harness.detached import is_sealed_by
from harness.message_builder import unique_name
from harness.network import Network, PeerUnderTest, open_network
from harness.processes import RegistryOnItsOwn
from harness.raw_client import Frame, Noted

UNSAYABLE: dict[str, Any] = {
    "NaN": math.nan,
    "Infinity": {"x": [math.inf]},
    "-Infinity": -math.inf,
    "a lone surrogate": "\ud800",
    "a lone surrogate as key": {"\udfff": 1},
    "U+0000": {"text": "a\0b"},
    "an integer key": {1: "a"},
    "an integer key deep inside": [{"a": {2: "b", "10": "a"}}],
    "a key of None": {None: 1},
    "a key of True": {True: 1},
    "a tuple as key": {("a", "b"): 1},
    "bytes": b"text",
    "a set": {1, 2},
    "an object": object(),
    "too deep": [],
}
UNSAYABLE["too deep"] = deepest = []
for _ in range(limits.JSON_MAX_DEPTH):
    deepest.append([])
    deepest = deepest[0]


@pytest.fixture
async def network(signed_registry: RegistryOnItsOwn) -> AsyncIterator[Network]:
    async with open_network(signed_registry.nats_url) as network:
        yield network


@pytest.fixture
async def peer(network: Network, tmp_path: Path) -> PeerUnderTest:
    return await network.peer(dev_auth=True, dev_auth_key_dir=str(tmp_path))


@pytest.fixture
async def wire(network: Network, peer: PeerUnderTest) -> Noted[Frame]:
    return await network.client.subscribe(peer.inbox)


@pytest.mark.parametrize("payload", UNSAYABLE.values(), ids=UNSAYABLE.keys())
async def test_given_a_payload_json_cannot_say_when_an_agent_signs_it_then_it_is_refused_and_nothing_is_sent(
    network: Network, peer: PeerUnderTest, wire: Noted[Frame], payload: Any
) -> None:
    """message.numbers, auth.message.integer-keys"""
    node, to = peer.node, peer.account_id
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: node.send(to=to, payload=payload),
        lambda: node.request(to=to, payload=payload),
        lambda: node.ask_stream(to=to, payload=payload),
    ]
    for call in calls:
        with pytest.raises(AgentNetError) as refusal:
            await call()
        assert refusal.value.code == "invalid_payload"
        assert "payload" in refusal.value.detail
    await node.send(to=to, payload="marker")
    await wire.reach(1)
    assert [(frame.json["payload"]) for frame in wire.items] == ["marker"]


async def test_given_a_reply_json_cannot_say_when_a_handler_gives_it_then_the_handler_is_told_and_may_answer_otherwise(
    network: Network, tmp_path: Path
) -> None:
    """message.numbers"""
    codes: list[str] = []

    async def try_all(message: ReceivedMessage, context: HandlerContext) -> None:
        for payload in UNSAYABLE.values():
            try:
                await context.reply(payload)
            except AgentNetError as refusal:
                codes.append(refusal.code)
        await context.reply("at last")

    answerer = await network.peer(try_all, dev_auth=True, dev_auth_key_dir=str(tmp_path))
    asker = await network.peer(dev_auth=True, dev_auth_key_dir=str(tmp_path))
    reply = await asker.node.request(to=answerer.account_id, payload=1, timeout=60)
    assert (reply.payload, codes) == ("at last", ["invalid_payload"] * len(UNSAYABLE))


@pytest.mark.parametrize("name", ["a\r\nPUB x 0", "a b", "a.*", ">", "é", "", " ", "a\0b", "x" * 65, "\ud800"])
async def test_given_an_account_or_capability_that_is_no_subject_token_when_written_to_then_it_is_refused(
    peer: PeerUnderTest, name: str
) -> None:
    """subjects.tokens"""
    node = peer.node
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: node.send_to_account(to_account_id=name, payload=1),
        lambda: node.request_account(to_account_id=name, payload=1),
        lambda: node.send_to_capability(capability=name, payload=1),
        lambda: node.request_capability(capability=name, payload=1),
        lambda: node.send(to=f"account:{name}", payload=1),
        lambda: node.ask_stream(to=f"capability:{name}", payload=1),
    ]
    for call in calls:
        with pytest.raises(AgentNetError) as refusal:
            await call()
        assert refusal.value.code == "invalid_target"


async def test_given_ids_with_line_feeds_when_an_agent_signs_with_them_then_they_travel_whole_and_verify(
    network: Network, tmp_path: Path
) -> None:
    """auth.v2.header, limits.lengths: CR and LF are letters like others, in the body and in the header."""
    hostile = f"{unique_name('line')}\r\nsession:2:x;key=é%0A"
    sender = await network.peer(
        agent_id=hostile, username=unique_name("line"), dev_auth=True, dev_auth_key_dir=str(tmp_path)
    )
    receiver = await network.peer(dev_auth=True, dev_auth_key_dir=str(tmp_path))
    heard = await network.client.subscribe(subjects.account_inbox(receiver.account_id))
    ids = {"thread_id": "t\r\n1", "trace_id": "a\r\nb: c", "parent_message_id": "p\n", "idempotency_key": "k\r\n9"}
    await sender.node.send(to=receiver.account_id, payload="a\r\nb", until="processed", **ids)
    message = await receiver.handled.next()
    assert (message.from_agent, message.payload) == (hostile, "a\r\nb")
    assert (message.thread_id, message.trace_id, message.parent_message_id) == ("t\r\n1", "a\r\nb: c", "p\n")
    frame = await heard.next()
    assert is_sealed_by(frame.headers["AgentNet-Signature"].split("key=")[1][:43], frame)
    with pytest.raises(AgentNetError) as refusal:
        await sender.node.send(to=receiver.account_id, payload=1, thread_id="\ud800")
    assert refusal.value.code == "invalid_option"


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({"dev_auth": "yes"}, "dev_auth must be True or False"),
        ({"auth_require": "v3"}, "auth_require (AUTH_REQUIRE) must be v2"),
        ({"auth_require": "v2", "dev_auth": False}, "auth_require contradicts dev_auth=False"),
    ],
)
def test_given_wrong_auth_settings_when_read_then_each_is_refused_by_name(options: dict[str, Any], detail: str) -> None:
    """limits.options"""
    with pytest.raises(AgentNetError) as refusal:
        AgentOptions(agent_id="a", **options)
    assert (refusal.value.code, detail in refusal.value.detail) == ("invalid_option", True)


def test_given_the_environment_when_options_are_read_then_it_decides_unless_an_option_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """auth.v2.required"""
    monkeypatch.setenv("AUTH_REQUIRE", " V2 ")
    assert (AgentOptions(agent_id="a").signs, AgentOptions(agent_id="a").requires_v2) == (True, True)
    assert AgentOptions(agent_id="a", dev_auth=False).signs is False
    monkeypatch.setenv("AUTH_REQUIRE", "v9")
    with pytest.raises(AgentNetError, match="AUTH_REQUIRE"):
        AgentOptions(agent_id="a")
    monkeypatch.setenv("AUTH_REQUIRE", "")
    assert (AgentOptions(agent_id="a").signs, AgentOptions(agent_id="a", auth_require="v2").requires_v2) == (
        False,
        True,
    )
