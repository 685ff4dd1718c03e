"""Agents of both languages on networks where everybody signs."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from agentnet import AgentNetError, AgentNode, HandlerContext, ReceivedMessage
from agentnet_protocol import RawJson, operations, subjects
from harness.detached import Lie, detached_raw_peer, is_sealed_by
from harness.message_builder import a_message, unique_name
from harness.network import Network, PeerUnderTest, open_network
from harness.processes import RegistryOnItsOwn, registry_with
from harness.raw_client import Frame
from harness.signing import is_signed_by, signed_raw_peer
from harness.typescript_peer import TypeScriptPeer, typescript_program

NUMBERS = (
    '{"whole":1.0,"total":224.0,"e":1e2,"n":1e+16,"unsafe":9007199254740993,'
    '"big":1000000000000000000000000000000,"z":-0.0,"small":5e-324}'
)
"""A parser of doubles would write most of them in another way, and lose the digits of some."""


@pytest.fixture(scope="module")
def strict_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryOnItsOwn]:
    """A network that takes `ed25519-v2` only."""
    with registry_with({"AUTH_REQUIRE": "v2"}, tmp_path_factory.mktemp("strict")) as registry:
        yield registry


@pytest.fixture(params=["both schemes", "v2 required"])
async def network(
    request: pytest.FixtureRequest, signed_registry: RegistryOnItsOwn, strict_registry: RegistryOnItsOwn
) -> AsyncIterator[Network]:
    registry = strict_registry if request.param == "v2 required" else signed_registry
    async with open_network(registry.nats_url) as network:
        yield network


@pytest.fixture
def is_strict(request: pytest.FixtureRequest) -> bool:
    return bool(request.node.callspec.params["network"] == "v2 required")


async def echo(message: ReceivedMessage, context: HandlerContext) -> None:
    """Answers with what it is sent, or with the text it is told to say."""
    payload = message.payload
    wish = payload.get("do") if isinstance(payload, dict) else None
    if wish == "fail":
        raise ValueError("a secret of the handler")
    if wish == "stream":
        await context.stream(["one ", "two"])
    elif message.reply_to:
        await context.reply(RawJson(payload["text"]) if wish == "say" else payload)


@pytest.fixture
async def ours(network: Network, is_strict: bool, tmp_path: Path) -> PeerUnderTest:
    required: dict[str, Any] = {"auth_require": "v2"} if is_strict else {}
    return await network.peer(echo, dev_auth=True, dev_auth_key_dir=str(tmp_path), **required)


@pytest.fixture
async def theirs(network: Network, is_strict: bool, tmp_path: Path) -> AsyncIterator[TypeScriptPeer]:
    async with signing_typescript_agent(network.nats_url, tmp_path, is_strict=is_strict) as agent:
        yield agent


@asynccontextmanager
async def signing_typescript_agent(
    nats_url: str, key_dir: Path, *, is_strict: bool = False, agent_id: str = ""
) -> AsyncIterator[TypeScriptPeer]:
    auth = {"enabled": True, "keyDir": str(key_dir), **({"require": "v2"} if is_strict else {})}
    settings = {"natsUrl": nats_url, "agentId": agent_id or unique_name("typescript"), "auth": auth}
    async with typescript_program("typescript-agent.mjs", json.dumps(settings)) as agent:
        yield agent


async def public_key_of(network: Network, account_id: str) -> str:
    reply = await network.client.request(operations["resolve_key"].subject, {"account_id": account_id})
    return str(reply.json["public_key"])


def as_doubles(numbers: dict[str, Any]) -> dict[str, float]:
    """JavaScript's own numbers are doubles; the signature is over what is on the wire."""
    return {name: float(value) for name, value in numbers.items()}


async def test_given_a_typescript_agent_when_either_asks_the_other_with_any_numbers_then_both_verify_every_digit(
    network: Network, ours: PeerUnderTest, theirs: TypeScriptPeer
) -> None:
    wanted = json.loads(NUMBERS)
    requests = await network.client.subscribe(subjects.account_inbox(theirs.account_id))
    replies = await network.client.subscribe(subjects.patterns["reply_inbox"])
    told = await ours.node.request(to=theirs.account_id, payload={"do": "say", "text": NUMBERS}, timeout=60)
    assert json.dumps(told.payload, separators=(",", ":")) == json.dumps(wanted, separators=(",", ":"))
    await ours.node.send(to=theirs.account_id, payload=RawJson(NUMBERS), until="processed")
    asked = await theirs.call("ask", to=ours.account_id, text=NUMBERS)
    assert as_doubles(asked) == as_doubles(wanted)
    assert (await ours.handled.next()).payload == wanted
    await requests.reach(2)
    await replies.reach(2)
    assert f'"payload":{NUMBERS}' in requests.items[1].text
    assert f'"payload":{NUMBERS}' in replies.items[0].text
    keys = {await public_key_of(network, account) for account in (ours.account_id, theirs.account_id)}
    for frame in requests.items + replies.items:
        assert any(is_sealed_by(key, frame) for key in keys)
    assert await theirs.call("forged") == ours.node.metrics_snapshot()["forged_count"] == 0


async def test_given_a_typescript_agent_when_each_sends_fails_and_streams_to_the_other_then_receipts_and_codes_come(
    ours: PeerUnderTest, theirs: TypeScriptPeer
) -> None:
    delivery = await ours.node.send(to=theirs.account_id, payload=1.0, until="processed")
    assert delivery.receipt and delivery.receipt["status"] == "processed"
    assert (await theirs.call("send", to=ours.account_id, text="1e2"))["status"] == "processed"
    with pytest.raises(AgentNetError) as failure:
        await ours.node.request(to=theirs.account_id, payload={"do": "fail"}, timeout=60)
    assert failure.value.code == "handler_error"
    failed = await theirs.failure_of("ask", to=ours.account_id, text='{"do":"fail"}')
    assert failed["code"] == "handler_error"
    assert await theirs.call("stream", to=ours.account_id, payload={"do": "stream"}) == "one two"
    assert await theirs.call("forged") == ours.node.metrics_snapshot()["forged_count"] == 0


async def test_given_agents_of_both_languages_when_either_rotates_its_key_then_the_other_goes_on_with_it(
    network: Network, ours: PeerUnderTest, theirs: TypeScriptPeer, tmp_path: Path
) -> None:
    """auth.key.rotate, auth.key.change"""

    async def exchange() -> None:
        assert (await ours.node.request(to=theirs.account_id, payload=1.0, timeout=60)).payload == 1
        assert await theirs.call("ask", to=ours.account_id, text="1e2") == 100

    await exchange()
    rotation = await ours.node.rotate_key()
    assert await public_key_of(network, ours.account_id) == rotation.public_key != rotation.previous_public_key
    await exchange()
    theirs_now = await theirs.call("rotate")
    assert await public_key_of(network, theirs.account_id) == theirs_now["publicKey"]
    await exchange()
    await ours.node.revoke_key(public_key=rotation.previous_public_key)
    await theirs.call("revoke", publicKey=theirs_now["previousPublicKey"])
    await exchange()
    key_file = json.loads((tmp_path / f"{ours.node.username}.json").read_text("utf-8"))
    assert key_file["public_key"] == rotation.public_key


async def test_given_a_key_file_of_one_language_when_an_agent_of_the_other_starts_then_it_is_the_same_account(
    network: Network, is_strict: bool, tmp_path: Path
) -> None:
    """auth.key.file"""
    name = unique_name("shared")
    async with signing_typescript_agent(network.nats_url, tmp_path, is_strict=is_strict, agent_id=name) as theirs:
        await theirs.call("rotate")
        account_id = theirs.account_id
    required: dict[str, Any] = {"auth_require": "v2"} if is_strict else {}
    ours = await network.peer(agent_id=name, dev_auth=True, dev_auth_key_dir=str(tmp_path), **required)
    assert ours.account_id == account_id


async def test_given_forged_altered_and_replayed_frames_when_either_language_gets_them_then_both_refuse_with_one_code(
    network: Network, ours: PeerUnderTest, theirs: TypeScriptPeer
) -> None:
    """auth.v2.message, auth.message.refusals"""
    client = network.client
    sender, mallory = await detached_raw_peer(client), await detached_raw_peer(client)

    async def verdicts(to: str) -> list[str]:
        inbox, codes = subjects.account_inbox(to), []
        genuine = sender.message(to)
        elsewhere = Lie(subject=subjects.account_inbox(sender.account_id))
        for lie in (Lie(), Lie(), elsewhere, Lie(body={**genuine, "payload": 1}), Lie(pair=mallory.pair)):
            await sender.publish("message", inbox, genuine, lie=lie)
            receipt = await sender.raw.final_receipt(genuine)
            codes.append(str(receipt.get("code", receipt["status"])))
        for message in (sender.message(mallory.account_id), sender.message(to, schema_version="9.0")):
            await sender.publish("message", inbox, message)
            codes.append(str((await sender.raw.final_receipt(message))["code"]))
        unsigned = sender.message(to)
        await client.publish(inbox, unsigned)
        codes.append(str((await sender.raw.final_receipt(unsigned))["code"]))
        return codes

    by_python, by_typescript = await verdicts(ours.account_id), await verdicts(theirs.account_id)
    assert by_python == by_typescript
    assert by_python[:6] == [
        "processed",
        "duplicate",
        "auth_signature_invalid",
        "auth_signature_invalid",
        "auth_public_key_mismatch",
        "auth_recipient_mismatch",
    ]


async def test_given_a_first_scheme_peer_when_it_writes_to_either_language_then_both_take_and_refuse_the_same(
    signed_registry: RegistryOnItsOwn, tmp_path: Path
) -> None:
    """auth.v2.v1-peers, auth.message.numbers"""
    async with (
        open_network(signed_registry.nats_url) as network,
        signing_typescript_agent(network.nats_url, tmp_path) as theirs,
    ):
        ours = await network.peer(echo, dev_auth=True, dev_auth_key_dir=str(tmp_path))
        older = await signed_raw_peer(network.client)
        for account_id in (ours.account_id, theirs.account_id):
            inbox = subjects.account_inbox(account_id)
            reply: Frame = await network.client.request(inbox, older.sign(a_message(to=account_id), NUMBERS))
            assert as_doubles(reply.json["payload"]) == as_doubles(json.loads(NUMBERS))
            assert is_signed_by(await public_key_of(network, account_id), reply.text)
            altered = older.sign(a_message(to=account_id), NUMBERS).replace("224.0", "224.5")
            refusal = await network.client.request(inbox, altered)
            assert refusal.json["payload"]["error"] == "auth_claims_mismatch"


async def test_given_dev_auth_in_the_environment_when_two_python_agents_talk_then_what_they_say_is_accepted(
    network: Network, ours: PeerUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_strict: bool
) -> None:
    monkeypatch.setenv("AUTH_REQUIRE" if is_strict else "DEV_AUTH", "v2" if is_strict else "true")
    monkeypatch.setenv("DEV_AUTH_KEY_DIR", str(tmp_path))
    name = unique_name("asker")
    async with AgentNode(name, nats_url=network.nats_url) as asker:
        reply = await asker.request(to=f"@{ours.node.username}", payload=json.loads(NUMBERS), timeout=60)
    assert reply.payload == json.loads(NUMBERS)
    assert (tmp_path / f"{name}.json").stat().st_mode & 0o777 == 0o600


async def test_given_a_forged_message_when_it_reaches_an_agent_then_it_is_refused_and_not_handled(
    signed_registry: RegistryOnItsOwn, tmp_path: Path
) -> None:
    async with open_network(signed_registry.nats_url) as network:
        peer = await network.peer(echo, dev_auth=True, dev_auth_key_dir=str(tmp_path))
        mallory = await signed_raw_peer(network.client)
        forged = mallory.sign(a_message(to=peer.account_id)).replace(mallory.account_id, peer.account_id)
        reply = await network.client.request(peer.inbox, forged)
        assert (reply.json["kind"], reply.json["payload"]["error"]) == ("error", "auth_public_key_mismatch")
        assert peer.node.metrics_snapshot()["processed_count"] == 0


async def test_given_an_agent_that_does_not_sign_when_it_joins_then_it_is_refused(
    network: Network, is_strict: bool
) -> None:
    with pytest.raises(AgentNetError) as refusal:
        await AgentNode(unique_name("unsigned"), nats_url=network.nats_url, dev_auth=False).start()
    assert refusal.value.code == ("auth_v2_required" if is_strict else "auth_required")
