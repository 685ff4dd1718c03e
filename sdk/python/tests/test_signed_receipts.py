"""When the receipts of agents that sign leave."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from agentnet import AgentNode, HandlerContext, ReceivedMessage
from agentnet_protocol import subjects
from harness.detached import DetachedRawPeer, detached_raw_peer, is_sealed_by
from harness.message_builder import a_message, unique_name
from harness.network import Network, open_network
from harness.processes import RegistryOnItsOwn
from harness.raw_client import PATIENCE, Frame, Noted
from harness.signing import signed_raw_peer
from harness.tcp_proxy import tcp_proxy


@pytest.fixture
async def network(signed_registry: RegistryOnItsOwn) -> AsyncIterator[Network]:
    async with open_network(signed_registry.nats_url) as network:
        yield network


async def echo(message: ReceivedMessage, context: HandlerContext) -> None:
    if message.reply_to:
        await context.reply(message.payload)


def agent_on(nats_url: str, key_dir: Path) -> AgentNode:
    return AgentNode(
        unique_name("signed"),
        nats_url=nats_url,
        dev_auth=True,
        dev_auth_key_dir=str(key_dir),
        on_error=lambda error: None,
    )


async def what_reaches(network: Network, account_id: str) -> Noted[Frame]:
    """Receipts for the account and all replies, by one subscription, so in the order the server had them."""
    heard: Noted[Frame] = Noted()

    async def note(frame: Frame) -> None:
        is_for_it = frame.subject == subjects.account_receipts(account_id) or subjects.match_reply_inbox(frame.subject)
        # What JetStream hands to the registry has the same subject, and a reply subject.
        if is_for_it and not frame.reply:
            await heard.note(frame)

    await network.client.subscribe(">", on_frame=note)
    return heard


def sent(frame: Frame) -> str:
    return str(frame.json.get("status") or frame.json["kind"])


async def order_of(heard: Noted[Frame], count: int) -> list[str]:
    await heard.reach(count)
    return [sent(frame) for frame in heard.items]


def public_key_of(peer: AgentNode) -> str:
    assert peer._session and peer._session.replier.sender.signer
    return peer._session.replier.sender.signer.pair.public_key


async def test_given_a_peer_that_is_known_to_verify_when_it_asks_then_reply_accepted_and_processed_leave_in_order(
    network: Network, tmp_path: Path
) -> None:
    ours = await network.peer(echo, dev_auth=True, dev_auth_key_dir=str(tmp_path))
    asker = await detached_raw_peer(network.client)
    heard = await what_reaches(network, asker.account_id)
    for count in (3, 6):
        await ask_by_hand(asker, ours.node)
        assert (await order_of(heard, count))[-3:] == ["reply", "accepted", "processed"]
    key = public_key_of(ours.node)
    assert all(is_sealed_by(key, frame) for frame in heard.items)


async def test_given_many_requests_at_once_when_they_are_answered_then_every_reply_is_before_its_receipts(
    network: Network, tmp_path: Path
) -> None:
    ours = await network.peer(echo, dev_auth=True, dev_auth_key_dir=str(tmp_path), max_concurrency=32)
    asker = await detached_raw_peer(network.client)
    heard = await what_reaches(network, asker.account_id)
    await ask_by_hand(asker, ours.node)
    await asyncio.gather(*(ask_by_hand(asker, ours.node) for _ in range(20)))
    await heard.reach(63)
    of_message: dict[str, list[str]] = {}
    for frame in heard.items:
        about = frame.json["parent_message_id"] if sent(frame) == "reply" else frame.json["message_id"]
        of_message.setdefault(about, []).append(sent(frame))
    assert list(of_message.values()) == [["reply", "accepted", "processed"]] * 21


async def test_given_a_peer_of_the_first_scheme_when_it_asks_then_accepted_is_in_front_of_the_reply(
    network: Network, tmp_path: Path
) -> None:
    ours = await network.peer(echo, dev_auth=True, dev_auth_key_dir=str(tmp_path))
    older = await signed_raw_peer(network.client)
    heard = await what_reaches(network, older.account_id)
    text = older.sign(a_message(to=ours.account_id))
    await network.client.publish(ours.inbox, text, reply=subjects.reply_inbox("older", "one"))
    assert await order_of(heard, 3) == ["accepted", "reply", "processed"]


async def test_given_a_handler_that_still_runs_when_a_message_is_accepted_then_its_sender_hears_so_meanwhile(
    network: Network, tmp_path: Path
) -> None:
    finish = asyncio.Event()
    ours = await network.peer(lambda message, context: finish.wait(), dev_auth=True, dev_auth_key_dir=str(tmp_path))
    asker = await network.peer(dev_auth=True, dev_auth_key_dir=str(tmp_path))
    delivery = await asker.node.send(to=ours.account_id, payload=1)
    assert delivery.receipt and delivery.receipt["status"] == "accepted"
    finish.set()
    assert (await asker.node.send(to=ours.account_id, payload=2, until="processed")).receipt


async def ask_by_hand(asker: DetachedRawPeer, node: AgentNode) -> dict[str, object]:
    """Returns the message once the reply has come."""
    reply = subjects.reply_inbox("asker", unique_name("token"))
    replies = await asker.raw.client.subscribe(reply)
    message = asker.message(node.account_id, kind="request")
    await asker.publish("message", subjects.account_inbox(node.account_id), message, reply=reply)
    await replies.next()
    return message


async def test_given_a_connection_lost_while_receipts_ride_when_it_is_back_then_the_final_one_comes(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """receipt.final.reconnect"""
    monkeypatch.setattr("agentnet.connection.write_queue._RIDE_SECONDS", PATIENCE)
    port = urlsplit(network.nats_url).port
    assert port
    async with tcp_proxy(port) as proxy:
        node, back = agent_on(network.nats_url.replace(str(port), str(proxy.port)), tmp_path), asyncio.Event()
        node.on_message(echo)
        async with node:
            node.on("reconnected", lambda _: back.set())
            asker = await detached_raw_peer(network.client)
            message = await ask_by_hand(asker, node)
            assert asker.raw.receipts.items == []
            proxy.drop()
            await asyncio.wait_for(back.wait(), PATIENCE)
            await asker.raw.final_receipt(message)
            statuses = [frame.json["status"] for frame in asker.raw.receipts.items]
    assert statuses[-1] == "processed"


async def test_given_receipts_that_ride_when_the_agent_is_closed_then_they_are_sent_first(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentnet.connection.write_queue._RIDE_SECONDS", PATIENCE)
    node = agent_on(network.nats_url, tmp_path)
    node.on_message(echo)
    async with node:
        asker = await detached_raw_peer(network.client)
        message = await ask_by_hand(asker, node)
        assert asker.raw.receipts.items == []
    await network.client.flush()
    assert [frame.json["status"] for frame in asker.raw.receipts.items] == ["accepted", "processed"]
    assert {frame.json["message_id"] for frame in asker.raw.receipts.items} == {message["message_id"]}
