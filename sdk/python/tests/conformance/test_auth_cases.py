"""Conformance cases of group Auth on a network where everybody signs, with the Python peer as system under test."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from agentnet import AgentNetError, HandlerContext, ReceivedMessage
from agentnet.identity.key_pair import make_key_pair
from agentnet_protocol import operations, subjects
from harness.detached import is_sealed_by
from harness.message_builder import a_message, unique_name
from harness.network import Handle, Network, PeerUnderTest
from harness.processes import RegistryOnItsOwn
from harness.raw_client import Frame
from harness.signing import SignedRawPeer, is_signed_by, sign_message, signed_raw_peer

SigningPeer: TypeAlias = Callable[..., Awaitable[PeerUnderTest]]


@pytest.fixture
def signing_peer(signed_network: Network, tmp_path: Path) -> SigningPeer:
    async def start(handle: Handle | None = None, **options: Any) -> PeerUnderTest:
        settings = {"dev_auth": True, "dev_auth_key_dir": str(tmp_path), **options}
        return await signed_network.peer(handle, **settings)

    return start


async def echo(message: ReceivedMessage, context: HandlerContext) -> None:
    if message.payload == "fail":
        raise ValueError("private")
    if message.reply_to:
        await context.reply({"answer": message.payload})


async def public_key_of(network: Network, account_id: str) -> str:
    reply = await network.client.request(operations["resolve_key"].subject, {"account_id": account_id})
    return str(reply.json["public_key"])


async def refusal_of(network: Network, peer: PeerUnderTest, text: str, sender: SignedRawPeer | None = None) -> str:
    """Delivers a text as a request; the code of the error reply, once the receipt says the same."""
    reply = (await network.client.request(peer.inbox, text)).json
    assert reply["kind"] == "error"
    if sender:
        receipt = (await sender.raw.receipts.next()).json
        assert (receipt["code"], receipt["detail"]) == (reply["payload"]["error"], reply["payload"]["detail"])
    if reply["payload"]["error"].startswith("auth_"):
        assert reply["payload"]["detail"] == "message signature verification failed"
    return str(reply["payload"]["error"])


async def test_given_two_signing_agents_when_one_asks_the_other_then_request_reply_and_error_are_signed_and_accepted(
    signed_network: Network, signing_peer: SigningPeer, tmp_path: Path
) -> None:
    """A-03: auth.register.ok, auth.register.key, auth.message.claims, auth.keys.private"""
    answerer, asker = await signing_peer(echo), await signing_peer()
    inbox = await signed_network.client.subscribe(answerer.inbox)
    replies = await signed_network.client.subscribe(subjects.patterns["reply_inbox"])
    reply = await asker.node.request(to=answerer.account_id, payload="yo", timeout=60)
    with pytest.raises(AgentNetError) as failure:
        await asker.node.request(to=answerer.account_id, payload="fail", timeout=60)
    await asker.node.send(to=answerer.account_id, payload={"text": "ok"}, until="processed")
    assert (reply.payload, failure.value.code) == ({"answer": "yo"}, "handler_error")
    await inbox.reach(3)
    await replies.reach(2)
    asker_key = await public_key_of(signed_network, asker.account_id)
    answerer_key = await public_key_of(signed_network, answerer.account_id)
    assert [is_sealed_by(asker_key, frame) for frame in inbox.items] == [True] * 3
    assert [is_sealed_by(answerer_key, frame) for frame in replies.items] == [True] * 2
    # Only to whom it does not know yet does an agent speak the first scheme as well.
    assert is_signed_by(asker_key, inbox.items[0].text)
    key_file = tmp_path / f"{asker.node.username}.json"
    assert key_file.stat().st_mode & 0o777 == 0o600


async def test_given_messages_with_one_fault_when_they_arrive_then_each_is_refused_by_its_name(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """A-06: auth.message.refusals"""
    sender, other = await signed_raw_peer(signed_network.client), make_key_pair()
    peer = await signing_peer()

    def fresh(**fields: Any) -> dict[str, Any]:
        return a_message(sender=sender.account_id, to=peer.account_id, **fields)

    def changed(text: str, *, claims: dict[str, str] | None = None, **auth: Any) -> str:
        message = json.loads(text)
        message["auth"] |= auth
        if claims:
            message["auth"]["claims"] |= claims
        return json.dumps(message)

    def forged() -> str:
        return sign_message(other, fresh())

    cases = [
        ("auth_missing", json.dumps(fresh())),
        ("auth_missing", json.dumps(fresh(auth="text"))),
        ("auth_scheme_invalid", changed(forged(), scheme="x", signature="")),
        ("auth_payload_invalid", changed(forged(), signature="")),
        ("auth_payload_invalid", changed(forged(), claims=None).replace('"claims": {', '"claims": "x", "was": {')),
        ("auth_payload_invalid", changed(forged(), public_key=None)),
        ("auth_public_key_mismatch", forged()),
        ("auth_claims_mismatch", changed(sender.sign(fresh()), claims={"kind": "x"})),
        ("auth_claims_mismatch", changed(sender.sign(fresh()), claims={"extra": "1"})),
        ("auth_signature_invalid", changed(sender.sign(fresh()), signature="A" * 86)),
        ("auth_recipient_mismatch", sender.sign(a_message(to="acct_other"))),
    ]
    for code, text in cases:
        assert await refusal_of(signed_network, peer, text, sender) == code
    anonymous = json.dumps(a_message(to=peer.account_id, auth={"scheme": "x"}))
    assert await refusal_of(signed_network, peer, anonymous) == "auth_missing_from_account"
    unknown = sign_message(other, a_message(sender=unique_name("acct"), to=peer.account_id))
    assert await refusal_of(signed_network, peer, unknown) == "auth_key_not_found"
    assert await refusal_of(signed_network, peer, json.dumps(fresh(schema_version="9.9"))) == (
        "unsupported_schema_version"
    )
    assert peer.handled.items == []


async def test_given_a_signed_message_whose_payload_is_changed_on_the_way_then_it_is_refused_and_not_handled(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """A-07: auth.message.tampered"""
    sender, peer = await signed_raw_peer(signed_network.client), await signing_peer()
    genuine = sender.sign(a_message(to=peer.account_id), '{"amount":1}')
    tampered = genuine.replace('"amount":1', '"amount":9')
    assert await refusal_of(signed_network, peer, tampered, sender) == "auth_claims_mismatch"
    assert peer.handled.items == []


@pytest.mark.parametrize(
    "payload_text",
    [
        '{"total":224.0,"n":1e+16,"big":12345678901234567890,"z":-0.0}',
        '{"2":"b","10":"a"}',
        '{"10":"a","2":"b"}',
        '{ "é\x7f" : [1.0, 1e2, 5e-324] }',
        "null",
    ],
)
async def test_given_a_payload_that_other_languages_would_rewrite_when_signed_then_it_verifies_as_it_stood(
    signed_network: Network, signing_peer: SigningPeer, payload_text: str
) -> None:
    """A-08, A-14: auth.message.numbers, auth.message.integer-keys, auth.canonical-json"""
    sender, peer = await signed_raw_peer(signed_network.client), await signing_peer(echo)
    text = sender.sign(a_message(to=peer.account_id, kind="request"), payload_text)
    reply = await signed_network.client.request(peer.inbox, text)
    assert reply.json["payload"] == {"answer": json.loads(payload_text)}
    assert is_signed_by(await public_key_of(signed_network, peer.account_id), reply.text)


async def test_given_numbers_of_python_when_an_agent_sends_them_then_the_text_on_the_wire_is_what_it_signed(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """A-08, A-14: auth.message.numbers, auth.message.integer-keys"""
    receiver, peer = await signed_raw_peer(signed_network.client), await signing_peer()
    payload = {
        "2": "b",
        "10": "a",
        "total": 224.0,
        "n": 1e16,
        "big": 12345678901234567890,
        "z": -0.0,
        "text": "é\u2028",
    }
    await peer.node.send(to=receiver.account_id, payload=payload, require_delivery_ack=False)
    frame = await receiver.raw.inbox.next()
    assert '"total":224.0' in frame.text and '"z":-0.0' in frame.text
    assert is_signed_by(await public_key_of(signed_network, peer.account_id), frame.text)


async def test_given_a_message_signed_with_twelve_claims_when_it_arrives_then_it_is_handled(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """A-09: auth.message.legacy"""
    sender, peer = await signed_raw_peer(signed_network.client), await signing_peer()
    message = a_message(sender=sender.account_id, to=peer.account_id)
    await signed_network.client.publish(peer.inbox, sign_message(sender.pair, message, legacy=True))
    assert (await sender.raw.next_receipt(message))["status"] == "accepted"


async def test_given_messages_signed_for_others_when_they_are_replayed_to_an_agent_then_only_what_it_offers_is_taken(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """A-11: auth.message.audience"""
    client = signed_network.client
    sender, capability = await signed_raw_peer(client), unique_name("calc")
    bob, carol = await signing_peer(capabilities=[capability]), await signing_peer()
    message = a_message(to=bob.account_id)
    for_bob = sender.sign(message)
    await client.publish(bob.inbox, for_bob)
    assert (await sender.raw.final_receipt(message))["status"] == "processed"
    await sender.raw.next_receipt(message)
    assert await refusal_of(signed_network, carol, for_bob, sender) == "auth_recipient_mismatch"
    for_calculators = sender.sign(a_message(to_agent=f"capability:{capability}"))
    assert await refusal_of(signed_network, carol, for_calculators, sender) == "auth_recipient_mismatch"
    await client.publish(subjects.capability(capability), for_calculators)
    await bob.handled.reach(2)
    assert carol.handled.items == []


async def test_given_a_request_when_forged_replies_come_before_the_genuine_one_then_they_are_ignored(
    signed_network: Network, signing_peer: SigningPeer
) -> None:
    """A-12: auth.forged"""
    client = signed_network.client
    responder, mallory = await signed_raw_peer(client), await signed_raw_peer(client)
    peer = await signing_peer()
    asking = asyncio.ensure_future(peer.node.request(to=responder.account_id, payload="who?", timeout=60))
    frame: Frame = await responder.raw.inbox.next()
    assert is_signed_by(await public_key_of(signed_network, peer.account_id), frame.text)

    def reply(**fields: Any) -> dict[str, Any]:
        told = {"kind": "reply", "parent_message_id": frame.json["message_id"], "payload": "EVIL"}
        return a_message(to=peer.account_id, **{**told, **fields})

    for text in (
        "no JSON",
        json.dumps(reply(sender=responder.account_id)),
        mallory.sign(reply()),
        sign_message(mallory.pair, reply(sender=responder.account_id)),
        responder.sign(reply(parent_message_id=unique_name("other"))),
        responder.sign(reply(to_account_id=mallory.account_id)),
        responder.sign(reply(payload="genuine")),
    ):
        await client.publish(frame.reply, text)
    assert (await asking).payload == "genuine"


async def test_given_an_agent_without_a_username_when_it_joins_then_it_signs_and_gets_the_name_of_its_agent_id(
    signing_peer: SigningPeer,
) -> None:
    """A-13: auth.register.no-username"""
    name = unique_name("nameless")
    peer = await signing_peer(agent_id=name)
    assert peer.node.username == name


async def test_given_agents_without_the_right_key_when_they_join_then_the_registry_refuses_them_by_name(
    signed_network: Network, signing_peer: SigningPeer, tmp_path: Path
) -> None:
    """A-03: auth.register.refusals, auth.register.ok"""
    with pytest.raises(AgentNetError) as unsigned:
        await signed_network.peer(dev_auth=False)
    username = unique_name("taken")
    first = await signing_peer(username=username)
    with pytest.raises(AgentNetError) as stranger:
        await signing_peer(username=username, dev_auth_key_dir=str(tmp_path / "others"))
    again = await signing_peer(username=username)
    assert (unsigned.value.code, stranger.value.code) == ("auth_required", "auth_public_key_mismatch")
    assert again.account_id == first.account_id


async def test_given_a_hung_registry_and_fifty_messages_of_an_unknown_account_then_others_are_served_at_once_in_order(
    signed_network: Network, signing_peer: SigningPeer, signed_registry: RegistryOnItsOwn
) -> None:
    """A-15: auth.key-lookup.bounded"""
    client = signed_network.client
    known, fresh = await signed_raw_peer(client), await signed_raw_peer(client)
    peer = await signing_peer(max_concurrency=1)
    lookups = await client.subscribe(operations["resolve_key"].subject)

    def from_(sender: SignedRawPeer, payload: str) -> str:
        return sender.sign(a_message(to=peer.account_id, payload=payload))

    await client.publish(peer.inbox, from_(known, "known"))
    await peer.handled.reach(1)
    signed_registry.process.send_signal(signal.SIGSTOP)
    try:
        junk, nobody = make_key_pair(), unique_name("acct")
        for _ in range(50):
            await client.publish(peer.inbox, sign_message(junk, a_message(sender=nobody, to=peer.account_id)))
        for sender, payload in ((fresh, "first"), (fresh, "second"), (known, "meanwhile")):
            await client.publish(peer.inbox, from_(sender, payload))
        await peer.handled.reach(2)
        assert [message.payload for message in peer.handled.items] == ["known", "meanwhile"]
    finally:
        signed_registry.process.send_signal(signal.SIGCONT)
    await peer.handled.reach(4)
    assert [message.payload for message in peer.handled.items] == ["known", "meanwhile", "first", "second"]
    await lookups.reach(3)
    # One for each of the three accounts.
    assert len(lookups.items) == 3
