"""Conformance cases of group Messaging, with the Python peer as system under test."""

import asyncio
import itertools
import json
import re
from typing import Any

import pytest
from agentnet import AgentNetError, HandlerContext, ReceivedMessage
from agentnet_protocol import error_codes, limits, parse_instant, queue_groups, subjects
from harness.message_builder import a_message, unique_name, without
from harness.network import Network


async def answer(message: ReceivedMessage, context: HandlerContext) -> None:
    if message.reply_to:
        await context.reply({"pong": True})


async def test_given_a_raw_receiver_when_a_peer_sends_to_it_then_the_envelope_is_complete_and_holds_no_null(
    network: Network,
) -> None:
    """M-01: message.sent.fields, message.sent.no-null, message.sent.id, message.sent.expiry, message.sent.ttl,
    message.sent.thread, message.sent.version, message.sent.target, message.sent.timestamps"""
    receiver, peer = await network.raw_peer(), await network.peer()
    sending = asyncio.ensure_future(peer.node.send(to=receiver.account_id, payload={"text": "hi"}))
    frame = await receiver.inbox.next()
    sent = frame.json
    await receiver.acknowledge(sent)
    delivery = await sending
    assert frame.reply == ""
    assert re.fullmatch("[0-9a-f]{32}", sent["message_id"])
    assert sent == {
        "message_id": delivery.message_id,
        "from_agent": peer.node.username,
        "from_account_id": peer.account_id,
        "from_session_tag": peer.node.session_tag,
        "to_agent": receiver.account_id,
        "to_account_id": receiver.account_id,
        "payload": {"text": "hi"},
        "sent_at": sent["sent_at"],
        "ttl_ms": limits.TTL_MS_DEFAULT,
        "expires_at": sent["expires_at"],
        "trace_id": sent["message_id"],
        "thread_id": f"thread_{sent['message_id']}",
        "kind": "direct",
        "schema_version": "1.1",
    }
    sent_at, expires_at = parse_instant(sent["sent_at"]), parse_instant(sent["expires_at"])
    assert sent_at and expires_at
    assert (expires_at - sent_at).total_seconds() * 1000 == sent["ttl_ms"]


async def test_given_a_raw_receiver_when_a_peer_names_it_in_each_form_then_its_inbox_gets_the_message(
    network: Network,
) -> None:
    """M-02: send.target.forms"""
    receiver, peer = await network.raw_peer(), await network.peer()
    for form in (
        f"account:{receiver.account_id}",
        f"ACCOUNT:{receiver.account_id}",
        receiver.account_id,
        f"@{receiver.username}",
        f"username:{receiver.username}",
        receiver.username,
    ):
        sending = asyncio.ensure_future(peer.node.send(to=form, payload=form))
        sent = (await receiver.inbox.next()).json
        await receiver.acknowledge(sent)
        await sending
        assert (sent["payload"], sent["to_account_id"]) == (form, receiver.account_id)


async def test_given_targets_outside_the_grammar_when_a_peer_sends_to_them_then_nothing_is_published(
    network: Network,
) -> None:
    """M-02: send.target.invalid, capability.target"""
    receiver, peer = await network.raw_peer(), await network.peer()
    inboxes = await network.client.subscribe(subjects.patterns["account_inbox"])
    for target in (
        "",
        "account:",
        "account:*",
        "account:a.b",
        "account:a b",
        "acct_a.>",
        "acct_a\r\nb",
        "capability:calc",
    ):
        with pytest.raises(AgentNetError) as refusal:
            await peer.node.send(to=target, payload=1)
        assert refusal.value.code == "invalid_target", target
    await peer.node.send(to=receiver.account_id, payload="marker", require_delivery_ack=False)
    await inboxes.next(lambda frame: bool(frame.json["payload"] == "marker"))
    ours = [frame for frame in inboxes.items if frame.json["from_account_id"] == peer.account_id]
    assert [frame.json["payload"] for frame in ours] == ["marker"]


async def test_given_a_peer_that_replies_when_asked_then_the_reply_carries_trace_thread_and_parent(
    network: Network,
) -> None:
    """M-03: request.reply.shape, request.kind"""
    pair = await network.pair(answer)
    request = pair.message(kind="request", trace_id="Trace-1")
    reply = (await pair.ask(request)).json
    assert reply["message_id"] != request["message_id"]
    assert {name: reply[name] for name in ("kind", "payload", "parent_message_id", "trace_id", "thread_id")} == {
        "kind": "reply",
        "payload": {"pong": True},
        "parent_message_id": request["message_id"],
        "trace_id": "Trace-1",
        "thread_id": request["thread_id"],
    }
    assert (reply["from_account_id"], reply["to_account_id"], reply["to_agent"]) == (
        pair.peer.account_id,
        pair.sender.account_id,
        pair.sender.account_id,
    )


async def test_given_a_raw_responder_when_a_peer_asks_it_then_one_request_gets_the_first_reply(
    network: Network,
) -> None:
    """M-03: request.kind, request.reply.subject, request.first-reply, request.reply.no-receipt"""
    responder, peer = await network.raw_peer(), await network.peer()
    asking = asyncio.ensure_future(peer.node.request(to=responder.account_id, payload={"ask": 1}, timeout=60))
    frame = await responder.inbox.next()
    reply = a_message(sender=responder.account_id, to=peer.account_id, kind="reply", payload="first")
    reply["parent_message_id"] = frame.json["message_id"]
    await network.client.publish(frame.reply, reply)
    await network.client.publish(frame.reply, {**reply, "message_id": unique_name(), "payload": "second"})
    assert (await asking).payload == "first"
    assert frame.json["kind"] == "request"
    assert subjects.match_reply_inbox(frame.reply)
    await network.client.flush()
    assert (len(responder.inbox.items), responder.receipts.items) == (1, [])


async def test_given_a_peer_with_a_capability_when_asked_by_capability_then_it_handles_the_request_once(
    network: Network,
) -> None:
    """M-04: capability.request, capability.envelope, capability.gates, capability.subscribe"""
    capability = f"mesh.{unique_name('calc')}"
    heard = await network.client.subscribe(subjects.capability(capability))
    peer = await network.peer(answer, capabilities=[capability])
    asker, requester = await network.peer(), await network.raw_peer()
    reply = await asker.node.request_capability(capability=capability, payload={"add": [1, 2]}, timeout=60)
    sent = (await heard.next()).json
    assert reply.payload == {"pong": True}
    assert (sent["to_agent"], sent["kind"]) == (f"capability:{capability}", "request")
    assert "to_account_id" not in sent
    raw = a_message(sender=requester.account_id, to_agent=f"capability:{capability}", kind="request")
    answered = (await network.client.request(subjects.capability(capability), raw)).json
    accepted = await requester.next_receipt(raw)
    assert (answered["payload"], answered["from_account_id"]) == ({"pong": True}, peer.account_id)
    assert (accepted["status"], accepted["from_account_id"]) == ("accepted", peer.account_id)
    assert len(peer.handled.items) == 2


async def test_given_two_sessions_and_a_raw_member_of_their_group_when_30_messages_arrive_then_each_goes_to_one(
    network: Network,
) -> None:
    """M-05: inbox.group, subject.inbox.group, subject.capability.group"""
    username = unique_name("twins")
    twins = [await network.peer(username=username), await network.peer(username=username)]
    account_id = twins[0].account_id
    assert account_id == twins[1].account_id
    member = await network.client.subscribe(
        subjects.account_inbox(account_id), queue=queue_groups.receive_from_inbox(account_id)
    )
    sender = await network.raw_peer()
    sent = [a_message(to=account_id, sender=sender.account_id) for _ in range(30)]
    for message in sent:
        await network.client.publish(subjects.account_inbox(account_id), message)
    await network.client.until(lambda: sum(len(twin.handled.items) for twin in twins) + len(member.items) >= 30)
    shares = [[message.message_id for message in twin.handled.items] for twin in twins]
    shares.append([frame.json["message_id"] for frame in member.items])
    assert sorted(itertools.chain(*shares)) == sorted(message["message_id"] for message in sent)
    assert all(shares)


async def test_given_a_name_nobody_has_when_a_peer_sends_to_it_then_it_fails_and_no_inbox_hears_anything(
    network: Network,
) -> None:
    """M-06: send.target.unknown, send.target.final"""
    receiver, peer = await network.raw_peer(), await network.peer()
    inboxes = await network.client.subscribe(subjects.patterns["account_inbox"])
    lists = await network.client.subscribe(subjects.REGISTRY_LIST)
    with pytest.raises(AgentNetError) as refusal:
        await peer.node.send(to=f"@{unique_name('ghost')}", payload=1)
    assert refusal.value.code == "not_found"
    await peer.node.send(to=receiver.account_id, payload="marker", require_delivery_ack=False)
    await inboxes.next(lambda frame: bool(frame.json["payload"] == "marker"))
    ours = [frame for frame in inboxes.items if frame.json["from_account_id"] == peer.account_id]
    assert [frame.json["payload"] for frame in ours] == ["marker"]
    assert lists.items == []


async def test_given_messages_as_older_peers_write_them_when_they_arrive_then_all_are_handled_alike(
    network: Network,
) -> None:
    """M-07: message.read.absent, message.read.timestamps, message.read.encoding, message.read.unknown-fields,
    message.read.kind, message.read.thread"""
    pair = await network.pair()
    nullable = ("to_account_id", "from_session_tag", "parent_message_id", "idempotency_key", "reply_to", "auth")
    bare = pair.message(trace_id="Trace-2", thread_id=None, **dict.fromkeys(nullable))
    full = pair.message()
    tolerated: list[dict[str, Any] | str] = [
        bare,
        pair.message(kind="novel"),
        {**full, "expires_at": full["expires_at"].replace("Z", "+00:00")},
        without(pair.message(), "schema_version", "kind", "trace_id"),
        pair.message(schema_version="", parent_message_id="", from_account_id="", future_field={"a": 1}),
        json.dumps(pair.message(payload="hé 😀"), ensure_ascii=False),
        json.dumps(pair.message(payload="hé 😀")),
    ]
    await pair.publish(*tolerated)
    await pair.peer.handled.reach(len(tolerated))
    by_id = {message.message_id: message for message in pair.peer.handled.items}
    assert by_id[bare["message_id"]].thread_id == "thread_trace-2"
    assert [message.payload for message in pair.peer.handled.items].count("hé 😀") == 2


async def test_given_a_ttl_written_as_text_when_the_message_arrives_then_it_is_malformed_and_not_handled(
    network: Network,
) -> None:
    """M-07: message.read.types, message.malformed.receipt, message.malformed"""
    pair = await network.pair()
    message = pair.message(ttl_ms="30000")
    reply = (await pair.ask(message)).json
    receipt = await pair.sender.next_receipt(message)
    assert (reply["kind"], reply["payload"]["error"]) == ("error", "bad_message")
    assert reply["payload"]["request_message_id"] == message["message_id"]
    assert (receipt["status"], receipt["code"]) == ("rejected", "bad_message")
    assert pair.peer.handled.items == []


async def test_given_an_empty_body_with_a_reply_subject_then_the_answer_is_missing_ttl_without_a_receipt(
    network: Network,
) -> None:
    """M-08: message.empty-body, inbox.ttl.missing"""
    pair = await network.pair()
    receipts = await network.client.subscribe(subjects.patterns["account_receipts"])
    reply = (await pair.ask("")).json
    await pair.settle(pair.message())
    await receipts.next(lambda frame: bool(frame.json["from_account_id"] == pair.peer.account_id))
    assert (reply["kind"], reply["payload"]["error"]) == ("error", "missing_ttl")
    assert reply["payload"]["request_message_id"] == ""
    ours = [frame for frame in receipts.items if frame.json["from_account_id"] == pair.peer.account_id]
    assert {frame.subject for frame in ours} == {subjects.account_receipts(pair.sender.account_id)}


async def test_given_reply_subjects_that_are_no_inbox_when_messages_name_them_then_nothing_is_published_there(
    network: Network,
) -> None:
    """M-09: message.reply-to.body, message.reply-to.inbox"""
    pair = await network.pair(answer)
    target = unique_name("x")
    heard = await network.client.subscribe(f"{target}.>")
    await pair.publish(pair.message(reply_to=f"{target}.y"), pair.message(reply_to=f"{target}.y", ttl_ms=0))
    await network.client.publish(pair.peer.inbox, pair.message(), reply=f"{target}.y")
    reply = await pair.ask(pair.message())
    await network.client.flush()
    assert reply.json["payload"] == {"pong": True}
    assert heard.items == []


async def test_given_senders_that_would_split_a_subject_when_they_write_then_nothing_follows_and_the_peer_goes_on(
    network: Network,
) -> None:
    """M-10: message.sender.hostile, message.malformed.harmless"""
    pair = await network.pair()
    everything = await network.client.subscribe(">")
    hostile = ["x b", "x\r\nPUB pwned 2\r\nhi\r\n", "*", ">", "a.b", "a\u0000"]
    await pair.publish(*(pair.message(from_account_id=account_id) for account_id in hostile))
    assert (await pair.settle(pair.message()))["status"] == "processed"
    await everything.next(lambda frame: frame.subject == subjects.account_receipts(pair.sender.account_id))
    heard = {frame.subject for frame in everything.items}
    assert "pwned" not in heard
    ours = [
        frame.subject
        for frame in everything.items
        if frame.subject.endswith(".receipts") and frame.json["from_account_id"] == pair.peer.account_id
    ]
    assert set(ours) == {subjects.account_receipts(pair.sender.account_id)}


async def test_given_an_account_without_a_session_when_a_peer_asks_it_then_it_fails_before_any_timeout(
    network: Network,
) -> None:
    """M-11: request.absent.recorded"""
    peer = await network.peer()
    for asking in (
        peer.node.request(to=unique_name("acct_"), payload=1, timeout=3600),
        peer.node.request_capability(capability=unique_name("cap"), payload=1, timeout=3600),
    ):
        with pytest.raises(AgentNetError) as refusal:
            await asking
        assert refusal.value.code == "recipient_offline"


async def test_given_bodies_around_the_size_limit_then_the_limit_is_handled_and_more_is_refused_by_name(
    network: Network,
) -> None:
    """M-12, G-09: message.size.reply, message.size.boundary, message.size.sender"""
    pair = await network.pair(answer)

    def sized(size: int) -> str:
        rest = len(json.dumps(pair.message(payload="")))
        return json.dumps(pair.message(payload="x" * (size - rest)))

    fits, exceeds = sized(limits.MESSAGE_MAX_BYTES), sized(limits.MESSAGE_MAX_BYTES + 1)
    assert len(fits) == limits.MESSAGE_MAX_BYTES
    assert (await pair.ask(fits)).json["payload"] == {"pong": True}
    refused = (await pair.ask(exceeds)).json
    assert (refused["kind"], refused["payload"]["error"]) == ("error", "payload_too_large")
    assert refused["payload"]["detail"] == error_codes["payload_too_large"].detail
    assert len(pair.peer.handled.items) == 1
    with pytest.raises(AgentNetError) as refusal:
        await pair.peer.node.send(to=pair.peer.account_id, payload="x" * limits.MESSAGE_MAX_BYTES)
    assert refusal.value.code == "message_too_large"


async def test_given_peers_that_have_just_started_when_a_message_is_sent_at_that_instant_then_none_is_lost(
    network: Network,
) -> None:
    """M-13: inbox.ready"""
    for _ in range(20):
        peer = await network.peer()
        await network.client.publish(peer.inbox, a_message(to=peer.account_id))
        await peer.handled.reach(1)
        await peer.node.close()
