"""Conformance cases of group Receipts and sending policy, with the Python peer as system under test."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from agentnet import AgentNetError, AgentNode, Delivery, HandlerContext, ReceivedMessage, RemoteError
from agentnet_protocol import error_codes, limits, parse_instant, subjects
from harness.clocks import ManualClock
from harness.message_builder import a_message, unique_name
from harness.network import Network
from harness.raw_client import Frame
from harness.tcp_proxy import tcp_proxy


def ends(message_id: str) -> Callable[[Frame], bool]:
    """Whether a frame is the receipt of a message that was handled."""
    return lambda frame: bool(frame.json["message_id"] == message_id and frame.json["status"] == "processed")


async def fail(message: ReceivedMessage, context: HandlerContext) -> None:
    raise RuntimeError("top secret")


async def test_given_a_peer_when_a_message_reaches_it_then_accepted_and_processed_come_with_all_fields_and_no_code(
    network: Network,
) -> None:
    """R-01: receipt.happy, receipt.fields, receipt.subject"""
    pair = await network.pair()
    message = pair.message(parent_message_id="parent-1")
    await pair.publish(message)
    for status in ("accepted", "processed"):
        receipt = await pair.sender.next_receipt(message)
        assert parse_instant(receipt.pop("event_at"))
        assert receipt == {
            "status": status,
            "message_id": message["message_id"],
            "from_account_id": pair.peer.account_id,
            "from_session_tag": pair.peer.node.session_tag,
            "to_account_id": pair.sender.account_id,
            "trace_id": message["trace_id"],
            "thread_id": message["thread_id"],
            "parent_message_id": "parent-1",
        }


async def test_given_a_connection_lost_during_the_work_when_it_is_back_then_the_sender_gets_the_final_receipt(
    network: Network,
) -> None:
    """receipt.final.reconnect"""
    finish, lost, back = asyncio.Event(), asyncio.Event(), asyncio.Event()
    sender = await network.raw_peer()

    async def work(message: ReceivedMessage, context: HandlerContext) -> None:
        await finish.wait()

    port = urlsplit(network.nats_url).port
    assert port
    async with tcp_proxy(port) as proxy:
        node = AgentNode(unique_name("cut"), nats_url=network.nats_url.replace(str(port), str(proxy.port)))
        node.on_message(work)
        async with node:
            node.on("disconnected", lambda _: lost.set())
            node.on("reconnected", lambda _: back.set())
            message = a_message(sender=sender.account_id, to=node.account_id)
            await sender.client.publish(subjects.account_inbox(node.account_id), message)
            assert (await sender.next_receipt(message))["status"] == "accepted"
            proxy.drop()
            await asyncio.wait_for(lost.wait(), 30)
            finish.set()
            await asyncio.wait_for(back.wait(), 30)
            assert (await sender.final_receipt(message))["status"] == "processed"


async def test_given_a_peer_when_another_sends_to_it_with_and_without_waiting_then_both_sends_give_the_id(
    network: Network,
) -> None:
    """R-01: send.accepted, send.fire-and-forget"""
    sender, receiver = await network.peer(), await network.peer()
    waited = await sender.node.send(to=receiver.account_id, payload=1)
    not_waited = await sender.node.send(to=receiver.account_id, payload=2, require_delivery_ack=False)
    await receiver.handled.reach(2)
    assert [message.message_id for message in receiver.handled.items] == [waited.message_id, not_waited.message_id]
    assert waited.receipt and waited.receipt["status"] in ("accepted", "processed")
    assert (not_waited.receipt, not_waited.attempts) == (None, 1)


async def test_given_a_peer_that_replies_when_asked_then_both_receipts_come_besides_the_reply(network: Network) -> None:
    """R-02: receipt.requests, request.both"""
    pair = await network.pair(lambda message, context: context.reply("pong"))
    message = pair.message(kind="request")
    reply = (await pair.ask(message)).json
    statuses = [(await pair.sender.next_receipt(message))["status"] for _ in range(2)]
    assert (reply["kind"], reply["payload"]) == ("reply", "pong")
    assert statuses == ["accepted", "processed"]


async def test_given_a_message_without_a_sender_account_then_it_is_handled_and_no_receipt_follows(
    network: Network,
) -> None:
    """R-03: receipt.no-account"""
    pair = await network.pair()
    receipts = await network.client.subscribe(subjects.patterns["account_receipts"])
    silent, marker = a_message(to=pair.peer.account_id), pair.message()
    await pair.publish(silent)
    await pair.peer.handled.reach(1)
    await pair.settle(marker)
    await receipts.next(lambda frame: bool(frame.json["message_id"] == marker["message_id"]))
    ours = [frame.json for frame in receipts.items if frame.json["from_account_id"] == pair.peer.account_id]
    assert {receipt["message_id"] for receipt in ours} == {marker["message_id"]}
    assert [message.message_id for message in pair.peer.handled.items] == [silent["message_id"], marker["message_id"]]


async def test_given_a_handler_that_raises_when_a_request_comes_then_receipt_and_error_reply_say_so_without_its_text(
    network: Network,
) -> None:
    """R-04: receipt.handler-error, receipt.handler-error.private, receipt.handler-error.reply, request.error.shape"""
    pair = await network.pair(fail)
    message = pair.message(kind="request")
    frame = await pair.ask(message)
    reply, detail = frame.json, error_codes["handler_error"].detail
    assert (await pair.sender.next_receipt(message))["status"] == "accepted"
    rejected = await pair.sender.next_receipt(message)
    assert (rejected["status"], rejected["code"], rejected["detail"]) == ("rejected", "handler_error", detail)
    assert (reply["kind"], reply["to_agent"], reply["to_account_id"], reply["parent_message_id"]) == (
        "error",
        message["from_agent"],
        pair.sender.account_id,
        message["message_id"],
    )
    assert reply["payload"] == {
        "error": "handler_error",
        "detail": detail,
        "request_message_id": message["message_id"],
        "trace_id": message["trace_id"],
    }
    assert "secret" not in frame.text + json.dumps(rejected)


async def test_given_a_handler_that_hangs_when_its_time_is_up_then_it_is_cancelled_and_both_say_timeout(
    network: Network,
) -> None:
    """R-05: receipt.timeout"""
    clock, cancelled = ManualClock(), asyncio.Event()

    async def hang(message: ReceivedMessage, context: HandlerContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    pair = await network.pair(hang, clock=clock, work_timeout_seconds=0.5)
    message = pair.message(kind="request", now=clock.now())
    asking = asyncio.ensure_future(pair.ask(message))
    assert await clock.pass_next_timer(within=0.5) == 0.5
    assert (await asking).json["payload"]["error"] == "timeout"
    assert (await pair.sender.next_receipt(message))["status"] == "accepted"
    rejected = await pair.sender.next_receipt(message)
    assert (rejected["code"], rejected["detail"]) == ("timeout", error_codes["timeout"].detail)
    await asyncio.wait_for(cancelled.wait(), 60)


async def test_given_a_silent_receiver_when_a_peer_sends_to_it_then_three_identical_copies_go_out_at_the_agreed_times(
    network: Network,
) -> None:
    """R-06: send.retry, send.retry.exhausted"""
    clock = ManualClock()
    receiver, peer = await network.raw_peer(), await network.peer(clock=clock)
    sending = asyncio.ensure_future(peer.node.send(to=receiver.account_id, payload={"text": "anyone?"}))
    copies, published_at = [await receiver.inbox.next()], [clock.elapsed()]
    for _ in range(2):
        # A publish waits for its receipt, then pauses.
        await clock.pass_next_timer(within=2)
        await clock.pass_next_timer(within=2)
        copies.append(await receiver.inbox.next())
        published_at.append(clock.elapsed())
    ended_at = await clock.pass_next_timer(within=2)
    with pytest.raises(AgentNetError) as failure:
        await sending
    assert (failure.value.code, len(receiver.inbox.items)) == ("delivery_ack_timeout", 3)
    assert copies[0].json["message_id"] in str(failure.value)
    assert len({frame.body for frame in copies}) == 1
    wait, pause = limits.RECEIPT_TIMEOUT_MS / 1000, limits.SEND_RETRY_BACKOFF_MS / 1000
    assert published_at == pytest.approx([0, wait + pause, 2 * wait + 3 * pause])
    assert ended_at == pytest.approx(3 * wait + 3 * pause)


async def test_given_a_receiver_that_answers_the_second_copy_when_a_peer_sends_then_two_publishes_are_a_success(
    network: Network,
) -> None:
    """R-07: send.late-receipt"""
    clock = ManualClock()
    receiver, peer = await network.raw_peer(), await network.peer(clock=clock)
    sending = asyncio.ensure_future(peer.node.send(to=receiver.account_id, payload=1))
    await receiver.inbox.next()
    await clock.pass_next_timer(within=2)
    await clock.pass_next_timer(within=2)
    await receiver.acknowledge((await receiver.inbox.next()).json)
    assert (await sending).attempts == 2
    assert len(receiver.inbox.items) == 2


async def answered(network: Network, *receipts: dict[str, Any], **options: Any) -> Delivery | AgentNetError:
    """Sends to a receiver that the test plays; the receipts come in the order given."""
    receiver, peer = await network.raw_peer(), await network.peer()
    sending = asyncio.ensure_future(peer.node.send(to=receiver.account_id, payload=1, **options))
    sent = (await receiver.inbox.next()).json
    for receipt in receipts:
        await receiver.acknowledge(sent, **receipt)
    try:
        return await sending
    except AgentNetError as failure:
        return failure
    finally:
        await network.client.flush()
        assert len(receiver.inbox.items) == 1


REJECTED_AS_COPY = {"status": "rejected", "code": "duplicate", "detail": error_codes["duplicate"].detail}


async def test_given_a_receiver_that_calls_the_message_a_duplicate_when_a_peer_sends_then_it_is_a_success(
    network: Network,
) -> None:
    """R-08: send.duplicate"""
    delivery = await answered(network, REJECTED_AS_COPY)
    assert isinstance(delivery, Delivery)
    assert delivery.receipt and delivery.receipt["code"] == "duplicate"


async def test_given_a_busy_receiver_when_a_peer_sends_then_it_fails_at_once_with_code_and_detail(
    network: Network,
) -> None:
    """R-09: send.rejected"""
    failure = await answered(network, {"status": "rejected", "code": "busy", "detail": "agent backlog is full"})
    assert isinstance(failure, RemoteError)
    assert (failure.code, failure.remote_code, failure.remote_detail) == (
        "delivery_rejected",
        "busy",
        "agent backlog is full",
    )


async def test_given_odd_receipts_when_a_good_one_in_capitals_follows_then_it_decides_and_later_sends_work(
    network: Network,
) -> None:
    """R-10: send.receipt.odd, send.receipt.case, receipt.tolerant"""
    receiver, peer = await network.raw_peer(), await network.peer()
    sending = asyncio.ensure_future(peer.node.send(to=receiver.account_id, payload=1))
    sent = (await receiver.inbox.next()).json
    for broken in ("{bad", "[1]", "", "7", b"\xff", {"status": "accepted"}, {"message_id": 7}):
        await network.client.publish(subjects.account_receipts(peer.account_id), broken)
    await receiver.acknowledge(sent, message_id=unique_name("other"))
    await receiver.acknowledge(sent, status="pondering", code="novel")
    await receiver.acknowledge(sent, status=" ACCEPTED ")
    delivery = await sending
    assert delivery.receipt and delivery.receipt["status"] == "accepted"
    later = asyncio.ensure_future(peer.node.send(to=receiver.account_id, payload=2))
    copy = await receiver.inbox.next(lambda frame: bool(frame.json["payload"] == 2))
    await receiver.acknowledge(copy.json, status="processed")
    assert (await later).message_id == copy.json["message_id"]


async def test_given_only_receipts_of_unknown_status_when_the_attempts_end_then_the_send_fails_as_unusable(
    network: Network,
) -> None:
    """R-10: send.receipt.unusable"""
    clock = ManualClock()
    receiver, peer = await network.raw_peer(), await network.peer(clock=clock)
    sending = asyncio.ensure_future(peer.node.send(to=receiver.account_id, payload=1, retry_attempts=0))
    await receiver.acknowledge((await receiver.inbox.next()).json, status="pondering")
    # Receipts come in order: when that of the second message has come, the first one's has, too.
    later = asyncio.ensure_future(peer.node.send(to=receiver.account_id, payload=2))
    await receiver.acknowledge((await receiver.inbox.next()).json)
    await later
    await clock.pass_next_timer(within=2)
    with pytest.raises(AgentNetError) as failure:
        await sending
    assert failure.value.code == "delivery_ack_unusable"


async def test_given_two_sessions_of_the_sender_when_one_sends_40_messages_then_each_gets_its_receipt_at_first_try(
    network: Network,
) -> None:
    """R-11: send.shared-account, subject.receipts.no-group"""
    username = unique_name("twins")
    sender, receiver = await network.peer(username=username), await network.peer()
    await network.peer(username=username)
    deliveries = [await sender.node.send(to=receiver.account_id, payload=index) for index in range(40)]
    assert {delivery.attempts for delivery in deliveries} == {1}
    await receiver.handled.reach(40)
    assert len(receiver.handled.items) == 40


async def test_given_two_sessions_when_one_closes_during_20_sends_then_all_succeed_and_accepted_work_is_finished(
    network: Network,
) -> None:
    """R-13: send.closing-peer, receipt.final, inbox.drain, inbox.group"""
    username = unique_name("twins")
    closing, staying = await network.peer(username=username), await network.peer(username=username)
    sender = await network.peer()
    receipts = await network.client.subscribe(subjects.account_receipts(sender.account_id))
    sends = []
    leaving = None
    for index in range(20):
        sends.append(asyncio.ensure_future(sender.node.send(to=staying.account_id, payload=index)))
        if index == 9:
            leaving = asyncio.ensure_future(closing.node.close())
    deliveries = await asyncio.gather(*sends)
    assert leaving
    await leaving
    for delivery in deliveries:
        await receipts.next(ends(delivery.message_id))
    assert len(closing.handled.items) + len(staying.handled.items) == 20


async def test_given_a_peer_that_handles_and_one_that_fails_when_sent_until_processed_then_only_the_first_succeeds(
    network: Network,
) -> None:
    """R-12: send.processed, send.no-false-success"""
    sender, good, bad = await network.peer(), await network.peer(), await network.peer(fail)
    delivery = await sender.node.send(to=good.account_id, payload=1, until="processed")
    assert delivery.receipt and delivery.receipt["status"] == "processed"
    with pytest.raises(RemoteError) as failure:
        await sender.node.send(to=bad.account_id, payload=1, until="processed")
    assert (failure.value.code, failure.value.remote_code) == ("delivery_rejected", "handler_error")


async def test_given_a_receiver_that_accepts_and_falls_silent_when_the_wait_is_over_then_the_send_claims_nothing(
    network: Network,
) -> None:
    """send.processed"""
    clock = ManualClock()
    receiver, peer = await network.raw_peer(), await network.peer(clock=clock)
    options: dict[str, Any] = {"payload": 1, "until": "processed", "processed_timeout": 5.0}
    sending = asyncio.ensure_future(peer.node.send(to=receiver.account_id, **options))
    await receiver.acknowledge((await receiver.inbox.next()).json)
    await clock.pass_timer_of(5.0)
    with pytest.raises(AgentNetError) as failure:
        await sending
    assert failure.value.code == "processed_timeout"


OWN = {"from_session_tag": "own"}


@pytest.mark.parametrize(
    "receipts",
    [
        [{"status": "processed"}, {"status": "accepted"}, {"status": "rejected", "code": "timeout"}],
        [OWN, {"status": "rejected", "code": "busy", "from_session_tag": "other"}, {**OWN, "status": "processed"}],
        [REJECTED_AS_COPY, {"status": "processed"}],
    ],
    ids=["out of order", "another session rejects a copy", "a copy of the same id"],
)
async def test_given_receipts_of_several_copies_when_one_was_handled_then_the_send_is_processed(
    network: Network, receipts: list[dict[str, Any]]
) -> None:
    """send.processed.order, send.processed.duplicate"""
    delivery = await answered(network, *receipts, until="processed")
    assert isinstance(delivery, Delivery)
    assert delivery.receipt and delivery.receipt["status"] == "processed"


async def test_given_a_duplicate_of_the_key_when_sent_until_processed_then_the_outcome_is_unknown(
    network: Network,
) -> None:
    """send.processed.duplicate"""
    receipt = {**REJECTED_AS_COPY, "detail": error_codes["duplicate"].idempotency_detail}
    failure = await answered(network, receipt, until="processed", idempotency_key="order_1")
    assert isinstance(failure, RemoteError)
    assert (failure.code, failure.remote_code) == ("outcome_unknown", "duplicate")


async def test_given_forged_receipts_of_another_account_when_the_addressee_rejects_then_that_decides(
    network: Network,
) -> None:
    """send.receipt.addressee"""
    forged = {"from_account_id": "acct_mallory"}
    failure = await answered(
        network, forged, {**forged, "status": "processed"}, {"status": "rejected", "code": "busy"}, until="processed"
    )
    assert isinstance(failure, RemoteError)
    assert (failure.code, failure.remote_code) == ("delivery_rejected", "busy")
