"""Scheme `ed25519-v2` on a network where everybody signs, with the Python peer as system under test."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from agentnet import AgentEvent, AgentNetError, AgentNode, HandlerContext, ReceivedMessage
from agentnet.identity.key_pair import make_key_pair
from agentnet_protocol import headers, operations, subjects
from harness.detached import TRUTH, DetachedRawPeer, Lie, detached_raw_peer, is_sealed_by, signature_of
from harness.message_builder import a_message, unique_name
from harness.network import Handle, Network, PeerUnderTest
from harness.raw_client import Frame
from harness.signing import is_signed_by, signed_raw_peer

SigningPeer: TypeAlias = Callable[..., Awaitable[PeerUnderTest]]

SIGNED_SUBJECTS = re.compile(r"account\.|_INBOX\.agentnet\.|registry\.(hello|goodbye)")


@pytest.fixture
def signing_peer(signed_network: Network, tmp_path: Path) -> SigningPeer:
    async def start(handle: Handle | None = None, **options: Any) -> PeerUnderTest:
        settings = {"dev_auth": True, "dev_auth_key_dir": str(tmp_path), **options}
        return await signed_network.peer(handle, **settings)

    return start


async def public_key_of(network: Network, account_id: str) -> str:
    reply = await network.client.request(operations["resolve_key"].subject, {"account_id": account_id})
    return str(reply.json["public_key"])


def forged_by(node: AgentNode) -> list[str]:
    """What the node tells of replies and receipts it ignored, as it comes."""
    told: list[str] = []

    def note(event: AgentEvent) -> None:
        told.append(f"{event.facts['what']} {event.facts['code']}")

    node.on("forged", note)
    return told


async def test_given_two_agents_when_they_ask_fail_stream_send_and_leave_then_every_frame_is_signed_for_its_place(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.v2.signed, auth.v2.text, auth.v2.v1-peers: the first scheme ends when both know of the second."""

    async def answer(message: ReceivedMessage, context: HandlerContext) -> None:
        if message.payload == "fail":
            raise ValueError("private")
        if message.payload == "stream":
            await context.stream(["one ", "two"])
        elif message.payload == "hi":
            await context.reply({"answer": "hi"})

    client = signed_network.client
    heard = await client.subscribe(">")
    answerer, asker = await signing_peer(answer), await signing_peer()
    assert (await asker.node.request(to=answerer.account_id, payload="hi", timeout=60)).payload == {"answer": "hi"}
    with pytest.raises(AgentNetError) as failure:
        await asker.node.request(to=answerer.account_id, payload="fail", timeout=60)
    assert failure.value.code == "handler_error"
    assert await asker.node.ask_stream(to=answerer.account_id, payload="stream") == "one two"
    await asker.node.send(to=answerer.account_id, payload="sent", until="processed")
    keys = [await public_key_of(signed_network, peer.account_id) for peer in (asker, answerer)]
    assert asker.node.metrics_snapshot()["forged_count"] == 0
    account_id = asker.account_id
    await asker.node.close()
    await client.until(lambda: any(frame.subject == subjects.REGISTRY_GOODBYE for frame in heard.items))
    # The history stream hands out copies under the subjects they were published to.
    frames = [
        frame
        for frame in heard.items
        if SIGNED_SUBJECTS.match(frame.subject) and not frame.reply.startswith("$JS.ACK.")
    ]
    unsigned = [frame for frame in frames if not any(is_sealed_by(key, frame) for key in keys)]
    assert [(frame.subject, frame.text) for frame in unsigned] == []
    purposes = {signature.purpose for frame in frames if (signature := signature_of(frame))}
    assert purposes == {"goodbye", "hello", "message", "receipt", "reply"}
    requests = [frame for frame in frames if frame.subject == answerer.inbox]
    assert ['"auth"' in frame.text for frame in requests] == [True, False, False, False]
    left = (await client.request(operations["profile"].subject, {"account_id": account_id})).json
    assert left["profile"]["online"] is False


async def test_given_messages_signed_for_another_place_or_text_when_they_arrive_then_each_is_refused_with_its_code(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.v2.message, auth.v2.header"""
    client = signed_network.client
    sender, other = await detached_raw_peer(client), await detached_raw_peer(client)
    peer = await signing_peer()
    reply = client.connection.new_inbox()

    def message() -> dict[str, Any]:
        return sender.message(peer.account_id)

    async def code_of(body: dict[str, Any], lie: Lie, purpose: Any = "message", reply: str = "") -> str:
        await sender.publish(purpose, peer.inbox, body, reply=reply, lie=lie)
        receipt = (await sender.raw.receipts.next()).json
        assert (receipt["message_id"], receipt["status"]) == (body["message_id"], "rejected")
        return str(receipt["code"])

    async def refused(code: str, lie: Lie, **how: Any) -> None:
        assert await code_of(message(), lie, **how) == code

    await refused("auth_signature_invalid", Lie(subject=subjects.account_inbox(other.account_id)))
    await refused("auth_signature_invalid", Lie(body={**message(), "payload": "other"}))
    await refused("auth_signature_invalid", Lie(reply=reply), reply=client.connection.new_inbox())
    await refused("auth_signature_invalid", Lie(reply=reply))
    await refused("auth_purpose_mismatch", TRUTH, purpose="reply")
    await refused("auth_envelope_mismatch", Lie(session_tag="another"))
    await refused("auth_envelope_mismatch", Lie(account_id=other.account_id, pair=other.pair))
    await refused("auth_envelope_mismatch", Lie(agent_id="another"))
    await refused("auth_public_key_mismatch", Lie(pair=make_key_pair()))
    assert await code_of(sender.message(other.account_id), TRUTH) == "auth_recipient_mismatch"
    for header, code in (
        ("scheme=ed25519-v2;", "auth_payload_invalid"),
        ("scheme=ed25519-v3;purpose=message", "auth_scheme_invalid"),
        ("", "auth_payload_invalid"),
    ):
        await client.publish(peer.inbox, message(), headers={headers.SIGNATURE: header})
        assert (await sender.raw.receipts.next()).json["code"] == code
    assert peer.handled.items == []
    await sender.publish("message", peer.inbox, message(), reply=reply)
    await peer.handled.reach(1)


async def test_given_two_signatures_beside_one_message_when_it_arrives_then_neither_counts(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.v2.header: a good one must not make up for another."""
    client = signed_network.client
    sender, peer = await detached_raw_peer(client), await signing_peer()
    overheard = await client.subscribe(peer.inbox)
    message = sender.message(peer.account_id)
    await sender.publish("message", peer.inbox, message, lie=Lie(body="something else"))
    assert (await sender.raw.final_receipt(message))["code"] == "auth_signature_invalid"
    bad = (await overheard.next()).headers[headers.SIGNATURE]
    genuine = sender.message(peer.account_id)
    await sender.publish("message", peer.inbox, genuine)
    assert (await sender.raw.final_receipt(genuine))["status"] == "processed"
    good = await overheard.next()
    for first, second in ((bad, good.headers[headers.SIGNATURE]), (good.headers[headers.SIGNATURE], bad)):
        lines = "".join(f"{headers.SIGNATURE}: {value}\r\n" for value in (first, second))
        await client.publish_raw(peer.inbox, good.body, f"NATS/1.0\r\n{lines}\r\n".encode())
        assert (await sender.raw.next_receipt(genuine, "rejected"))["code"] == "auth_payload_invalid"
    assert len(peer.handled.items) == 1


async def test_given_a_message_that_was_taken_when_it_is_replayed_here_or_elsewhere_then_it_is_not_handled_again(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.v2.message"""
    one, two = unique_name("one"), unique_name("two")
    sender = await detached_raw_peer(signed_network.client)
    peer = await signing_peer(capabilities=[one, two])
    message = sender.message(to_agent=f"capability:{one}")
    signed_for = subjects.capability(one)
    await sender.publish("message", signed_for, message)
    assert (await sender.raw.final_receipt(message))["status"] == "processed"
    await sender.publish("message", signed_for, message)
    assert (await sender.raw.final_receipt(message))["code"] == "duplicate"
    await sender.publish("message", subjects.capability(two), message, lie=Lie(subject=signed_for))
    assert (await sender.raw.final_receipt(message))["code"] == "auth_signature_invalid"
    assert len(peer.handled.items) == 1


async def test_given_a_send_that_waits_when_forged_receipts_come_then_only_the_genuine_one_settles_it(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.v2.receipt"""
    client = signed_network.client
    receiver, mallory = await detached_raw_peer(client), await detached_raw_peer(client)
    peer = await signing_peer(default_send_retry_attempts=0, default_receipt_timeout_seconds=60)
    forged = forged_by(peer.node)
    sending = asyncio.ensure_future(peer.node.send(to=receiver.account_id, payload="x", until="processed"))
    message = (await receiver.raw.inbox.next()).json
    subject = subjects.account_receipts(peer.account_id)
    receipt = receiver.receipt(message, status="rejected", code="busy")
    await client.publish(subject, receipt)
    await mallory.publish("receipt", subject, receipt)
    await receiver.publish("receipt", subject, receipt, lie=Lie(pair=mallory.pair))
    await receiver.publish("receipt", subject, receipt, lie=Lie(body={**receipt, "status": "accepted"}))
    await receiver.publish("message", subject, receipt)
    await receiver.publish("receipt", subject, receiver.receipt(message))
    await receiver.publish("receipt", subject, receiver.receipt(message, status="processed"))
    delivery = await sending
    assert delivery.receipt and delivery.receipt["status"] == "processed"
    codes = ["missing", "envelope_mismatch", "public_key_mismatch", "signature_invalid", "purpose_mismatch"]
    assert sorted(forged) == sorted(f"receipt auth_{code}" for code in codes)
    assert peer.node.metrics_snapshot()["forged_count"] == len(codes)


async def test_given_a_request_when_forged_replies_come_first_then_they_are_told_of_and_the_genuine_one_is_the_answer(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.v2.reply"""
    client = signed_network.client
    responder, mallory = await detached_raw_peer(client), await detached_raw_peer(client)
    peer = await signing_peer()
    forged = forged_by(peer.node)
    asking = asyncio.ensure_future(peer.node.request(to=responder.account_id, payload="who?", timeout=60))
    asked: Frame = await responder.raw.inbox.next()

    def answer(payload: str, of: DetachedRawPeer = responder, parent: str = "") -> dict[str, Any]:
        parent_message_id = parent or asked.json["message_id"]
        return of.message(peer.account_id, kind="reply", parent_message_id=parent_message_id, payload=payload)

    await client.publish(asked.reply, answer("unsigned"))
    await client.publish(asked.reply, "no JSON")
    await responder.publish("reply", asked.reply, answer("wrong key"), lie=Lie(pair=mallory.pair))
    await responder.publish("reply", asked.reply, answer("tampered"), lie=Lie(body=answer("genuine")))
    await responder.publish("reply", asked.reply, answer("of another"), lie=Lie(subject=f"{asked.reply}x"))
    await responder.publish("message", asked.reply, answer("signed as a message"))
    await responder.publish("reply", asked.reply, answer("to another message", parent="f" * 32))
    await mallory.publish("reply", asked.reply, answer("of a stranger", mallory))
    codes = [
        "missing",
        "missing",
        "public_key_mismatch",
        "signature_invalid",
        "signature_invalid",
        "purpose_mismatch",
        "recipient_mismatch",
        "recipient_mismatch",
    ]
    # A stranger's key has to be asked for, which a genuine reply would not wait for.
    await client.until(lambda: len(forged) == len(codes))
    assert sorted(forged) == sorted(f"reply auth_{code}" for code in codes)
    await responder.publish("reply", asked.reply, answer("genuine"))
    assert (await asking).payload == "genuine"


async def test_given_a_request_that_only_forged_replies_answer_when_it_times_out_then_it_says_so(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.v2.reply"""
    responder, peer = await detached_raw_peer(signed_network.client), await signing_peer()
    asking = asyncio.ensure_future(peer.node.request(to=responder.account_id, payload="who?", timeout=2))
    asked = await responder.raw.inbox.next()
    await signed_network.client.publish(asked.reply, "no JSON")
    with pytest.raises(AgentNetError) as failure:
        await asking
    assert failure.value.code == "request_timeout"
    assert "a reply that failed verification (auth_missing) was ignored" in failure.value.detail


async def test_given_a_peer_of_the_first_scheme_when_it_and_an_agent_write_to_each_other_then_both_verify(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """auth.v2.v1-peers, auth.v2.downgrade: and nothing unsigned is taken."""

    async def greet(message: ReceivedMessage, context: HandlerContext) -> None:
        if message.reply_to:
            await context.reply("hello")

    client = signed_network.client
    older, newer = await signed_raw_peer(client), await detached_raw_peer(client)
    peer = await signing_peer(greet)
    public_key = await public_key_of(signed_network, peer.account_id)
    greeting = await client.request(peer.inbox, older.sign(a_message(to=peer.account_id, kind="request")))
    assert is_signed_by(public_key, greeting.text) and is_sealed_by(public_key, greeting)
    for payload in ("first", "second"):
        sending = asyncio.ensure_future(peer.node.send(to=older.account_id, payload=payload))
        frame = await older.raw.inbox.next()
        assert is_signed_by(public_key, frame.text)
        await older.raw.acknowledge(frame.json)
        await sending
    unsigned = newer.message(peer.account_id)
    await client.publish(peer.inbox, unsigned)
    assert (await newer.raw.final_receipt(unsigned))["code"] == "auth_missing"
    assert len(peer.handled.items) == 1
