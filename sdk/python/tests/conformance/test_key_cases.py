"""Keys that change, and networks that require `ed25519-v2`, with the Python peer as system under test."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from agentnet import AgentNetError, AgentNode, HandlerContext, ReceivedMessage, RemoteError
from agentnet.identity.key_pair import make_key_pair
from agentnet_protocol import headers, operations, subjects
from harness.detached import detached_raw_peer
from harness.message_builder import unique_name
from harness.network import Handle, Network, PeerUnderTest, open_network
from harness.processes import REPOSITORY, RegistryOnItsOwn, program, registry_with
from harness.signing import signed_raw_peer

SigningPeer: TypeAlias = Callable[..., Awaitable[PeerUnderTest]]


@pytest.fixture
def signing_peer(signed_network: Network, tmp_path: Path) -> SigningPeer:
    async def start(handle: Handle | None = None, **options: Any) -> PeerUnderTest:
        settings = {"dev_auth": True, "dev_auth_key_dir": str(tmp_path), **options}
        return await signed_network.peer(handle, **settings)

    return start


async def public_key_of(network: Network, account_id: str) -> str:
    reply = await network.client.request(operations["resolve_key"].subject, {"account_id": account_id})
    return str(reply.json["public_key"])


def files_of(folder: Path, name: str) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(name))


async def test_given_messages_on_their_way_when_their_sender_replaces_its_key_then_all_are_handled(
    signed_network: Network, signing_peer: SigningPeer, tmp_path: Path
) -> None:
    """auth.key.rotate, auth.key.change, auth.key.file: before, during and after, by this session and another one."""
    gate = asyncio.Event()

    async def wait(message: ReceivedMessage, context: HandlerContext) -> None:
        await gate.wait()
        if message.reply_to:
            await context.reply("done")

    receiver, name = await signing_peer(wait, max_concurrency=1), unique_name("rotating")
    sender, second = await signing_peer(agent_id=name), await signing_peer(agent_id=name)
    assert second.account_id == sender.account_id
    before = await public_key_of(signed_network, sender.account_id)
    asking = asyncio.ensure_future(sender.node.request(to=receiver.account_id, payload="before", timeout=60))
    sending = asyncio.ensure_future(sender.node.send(to=receiver.account_id, payload="before", until="processed"))
    await receiver.handled.reach(1)
    rotation = await sender.node.rotate_key()
    assert rotation.previous_public_key == before
    assert await public_key_of(signed_network, sender.account_id) == rotation.public_key
    await sender.node.send(to=receiver.account_id, payload="after")
    await second.node.send(to=receiver.account_id, payload="by the other session")
    gate.set()
    assert (await asking).payload == "done"
    delivery = await sending
    assert delivery.receipt and delivery.receipt["status"] == "processed"
    await receiver.handled.reach(4)
    assert files_of(tmp_path, name) == [f"{name}.json"]
    assert (tmp_path / f"{name}.json").stat().st_mode & 0o777 == 0o600
    await sender.node.close()
    await sender.node.start()
    assert sender.account_id == second.account_id
    await sender.node.revoke_key(public_key=before)
    await sender.node.send(to=receiver.account_id, payload="after the grace")
    await second.node.send(to=receiver.account_id, payload="by a session that followed")


async def test_given_a_rotation_whose_answer_never_came_when_the_agent_starts_again_then_it_goes_on_with_the_new_key(
    signed_network: Network, signing_peer: SigningPeer, tmp_path: Path
) -> None:
    """auth.key.file, auth.key.rotate-again"""
    name = unique_name("crash")
    first = await signing_peer(agent_id=name)
    file = tmp_path / f"{name}.json"
    old, account_id = file.read_bytes(), first.account_id
    rotation = await first.node.rotate_key()
    await first.node.close()
    # As a crash between the registry's answer and the swap of the files leaves them.
    file.rename(f"{file}.next")
    file.write_bytes(old)
    file.chmod(0o600)
    again = await signing_peer(agent_id=name)
    assert again.account_id == account_id
    assert await public_key_of(signed_network, account_id) == rotation.public_key
    assert files_of(tmp_path, name) == [file.name]
    assert (await again.node.rotate_key()).previous_public_key == rotation.public_key


async def test_given_a_peer_that_knows_a_key_when_it_is_revoked_then_the_peer_refuses_it_and_nobody_joins_with_it(
    signed_network: Network, signing_peer: SigningPeer, tmp_path: Path
) -> None:
    """auth.key.revoke, auth.key.change"""
    name = unique_name("leaked")
    receiver, sender = await signing_peer(), await signing_peer(agent_id=name)
    await sender.node.send(to=receiver.account_id, payload="known")
    changes = await signed_network.client.subscribe(subjects.KEY_CHANGES)
    stolen = (tmp_path / f"{name}.json").read_bytes()
    await sender.node.revoke_key()
    assert (await changes.next()).json["account_id"] == sender.account_id
    # The receiver heard of it on its own connection, in its own time.
    code = ""
    while code != "auth_key_revoked":
        try:
            await sender.node.send(to=receiver.account_id, payload="stolen")
        except RemoteError as refusal:
            code = refusal.remote_code
    assert "stolen" not in [message.payload for message in receiver.handled.items][1:]
    assert [path.endswith(".revoked") for path in files_of(tmp_path, name)] == [True]
    await sender.node.close()
    (tmp_path / f"{name}.json").write_bytes(stolen)
    (tmp_path / f"{name}.json").chmod(0o600)
    with pytest.raises(AgentNetError) as refused:
        await signing_peer(agent_id=name)
    assert refused.value.code == "auth_key_revoked"


async def test_given_a_forged_announcement_when_a_peer_hears_it_then_it_asks_the_registry_again_and_goes_on(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.key.change"""
    client = signed_network.client
    receiver, sender = await signing_peer(), await signing_peer()
    await sender.node.send(to=receiver.account_id, payload="first")
    questions = await client.subscribe(operations["resolve_key"].subject)
    await client.publish(subjects.KEY_CHANGES, "no JSON")
    await client.publish(subjects.KEY_CHANGES, {"account_id": sender.account_id, "changed_at": "2026-02-21T08:00:00Z"})
    await client.flush()
    await sender.node.send(to=receiver.account_id, payload="second", until="processed")
    assert len(receiver.handled.items) == 2
    assert len(questions.items) <= 3


async def test_given_an_agent_without_dev_auth_when_its_key_is_changed_then_it_is_told_that_it_has_none(
    network: Network,
) -> None:
    """auth.key.rotate"""
    peer = await network.peer(dev_auth=False)
    for change in (peer.node.rotate_key, peer.node.revoke_key):
        with pytest.raises(AgentNetError) as failure:
            await change()
        assert (failure.value.code, "dev_auth=True" in failure.value.detail) == ("invalid_option", True)


async def test_given_text_that_is_no_key_when_it_is_revoked_then_it_is_refused_here(signing_peer: SigningPeer) -> None:
    """auth.key.revoke"""
    peer = await signing_peer()
    for text in ("", "short", "A" * 42 + "=", "a\r\nb"):
        with pytest.raises(AgentNetError) as failure:
            await peer.node.revoke_key(public_key=text)
        assert failure.value.code == "invalid_option"
    with pytest.raises(AgentNetError) as foreign:
        await peer.node.revoke_key(public_key=make_key_pair().public_key)
    assert foreign.value.code == "bad_request"


async def test_given_a_registration_that_was_overheard_when_it_is_sent_again_then_the_registry_refuses_the_copy(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.v2.register: with the header, and without it, since both schemes share the nonce."""
    client = signed_network.client
    registrations = await client.subscribe(operations["register"].subject)
    await signing_peer()
    heard = await registrations.next(lambda frame: headers.SIGNATURE in frame.headers)
    for sealed in ({headers.SIGNATURE: heard.headers[headers.SIGNATURE]}, None):
        answers = await client.subscribe(heard.reply)
        await client.publish(heard.subject, heard.body, reply=heard.reply, headers=sealed)
        assert (await answers.next()).json["error"] == "auth_nonce_replayed"


async def test_given_a_revoked_account_when_the_operator_binds_another_key_then_its_agent_joins_with_that(
    tmp_path: Path,
) -> None:
    """auth.key.rebind"""
    name, keys = unique_name("rebound"), tmp_path / "keys"

    def agent(registry: RegistryOnItsOwn) -> AgentNode:
        return AgentNode(name, nats_url=registry.nats_url, dev_auth=True, dev_auth_key_dir=str(keys))

    with registry_with({"DEV_AUTH": "true"}, tmp_path) as registry:
        async with agent(registry) as node:
            account_id = node.account_id
            await node.revoke_key()
        with pytest.raises(AgentNetError) as dead:
            await agent(registry).start()
        assert dead.value.code == "auth_key_revoked"
    public_key = json.loads((keys / f"{name}.json").read_text("utf-8"))["public_key"]
    rebind(tmp_path / "registry", account_id, public_key)
    with registry_with({"DEV_AUTH": "true"}, tmp_path) as registry:
        async with agent(registry) as node:
            assert node.account_id == account_id


def rebind(data_dir: Path, *arguments: str) -> None:
    """The operator's command, while no registry holds the data."""
    command = [program("node"), str(REPOSITORY / "registry/dist/main.js"), "rebind-key", *arguments]
    environment = {"AGENTNET_DATA_DIR": str(data_dir), "LOG_LEVEL": "warn", "PATH": "/usr/bin:/bin"}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert told.returncode == 0, told.stderr


@pytest.fixture(scope="module")
def strict_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryOnItsOwn]:
    with registry_with({"AUTH_REQUIRE": "v2"}, tmp_path_factory.mktemp("strict")) as registry:
        yield registry


@pytest.fixture
async def strict_network(strict_registry: RegistryOnItsOwn) -> AsyncIterator[Network]:
    """Nothing but `ed25519-v2` is taken."""
    async with open_network(strict_registry.nats_url) as network:
        yield network


@pytest.fixture
def strict_peer(strict_network: Network, tmp_path: Path) -> SigningPeer:
    async def start(handle: Handle | None = None, **options: Any) -> PeerUnderTest:
        settings = {"auth_require": "v2", "dev_auth_key_dir": str(tmp_path), **options}
        return await strict_network.peer(handle, **settings)

    return start


async def answer_yes(message: ReceivedMessage, context: HandlerContext) -> None:
    if message.reply_to:
        await context.reply("yes")


async def test_given_agents_that_require_v2_when_they_write_to_each_other_then_nothing_of_v1_is_on_the_wire(
    strict_network: Network, strict_peer: SigningPeer
) -> None:
    """auth.v2.required"""
    answerer, asker = await strict_peer(answer_yes), await strict_peer()
    inbox = await strict_network.client.subscribe(answerer.inbox)
    assert (await asker.node.request(to=answerer.account_id, payload="well?", timeout=60)).payload == "yes"
    assert '"auth"' not in (await inbox.next()).text


async def test_given_a_network_that_requires_v2_when_others_join_or_write_then_they_are_refused_and_do_not_count(
    strict_network: Network, strict_peer: SigningPeer
) -> None:
    """auth.v2.required, auth.v2.downgrade"""
    client = strict_network.client
    with pytest.raises(AssertionError, match="auth_v2_required"):
        await signed_raw_peer(client)
    with pytest.raises(AgentNetError) as unsigned:
        await strict_network.peer(dev_auth=False)
    assert unsigned.value.code == "auth_v2_required"
    sender = await detached_raw_peer(client)
    peer = await strict_peer(default_send_retry_attempts=0, default_receipt_timeout_seconds=1)
    message = sender.message(peer.account_id)
    await client.publish(peer.inbox, message)
    assert (await sender.raw.final_receipt(message))["code"] == "auth_v2_required"
    asking = asyncio.ensure_future(peer.node.request(to=sender.account_id, payload="x", timeout=60))
    asked = await sender.raw.inbox.next()
    told = {"kind": "reply", "parent_message_id": asked.json["message_id"]}
    await client.publish(asked.reply, sender.message(peer.account_id, payload="unsigned", **told))
    await sender.publish("reply", asked.reply, sender.message(peer.account_id, payload="signed", **told))
    assert (await asking).payload == "signed"
    sending = asyncio.ensure_future(peer.node.send(to=sender.account_id, payload="x"))
    sent = (await sender.raw.inbox.next()).json
    receipt = {"message_id": sent["message_id"], "status": "accepted"}
    await client.publish(subjects.account_receipts(peer.account_id), receipt)
    with pytest.raises(AgentNetError) as silence:
        await sending
    assert silence.value.code == "delivery_ack_timeout"
    assert peer.node.metrics_snapshot()["forged_count"] == 2
    assert peer.handled.items == []


async def test_given_a_registry_that_verifies_nothing_when_an_agent_that_requires_v2_joins_then_it_is_told(
    network: Network, tmp_path: Path
) -> None:
    """auth.v2.required"""
    with pytest.raises(AgentNetError) as failure:
        await network.peer(auth_require="v2", dev_auth_key_dir=str(tmp_path))
    assert failure.value.code == "auth_v2_unavailable"


async def test_given_a_network_without_dev_auth_when_a_signing_agent_writes_to_a_plain_one_then_it_is_handled(
    network: Network, tmp_path: Path
) -> None:
    """auth.v2.v1-peers: and the plain one's receipts count, while its own messages are refused."""
    signing = await network.peer(dev_auth=True, dev_auth_key_dir=str(tmp_path))
    plain = await network.peer(dev_auth=False)
    delivery = await signing.node.send(to=plain.account_id, payload="x", until="processed")
    assert delivery.receipt and delivery.receipt["status"] == "processed"
    with pytest.raises(RemoteError) as refusal:
        await plain.node.send(to=signing.account_id, payload="x")
    assert refusal.value.remote_code == "auth_missing"
