"""Conformance cases of group Guardrails, with the Python peer as system under test."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from agentnet import HandlerContext, ReceivedMessage
from agentnet.clock import epoch_seconds
from agentnet_protocol import error_codes, limits, parse_instant
from harness.clocks import MovedClock
from harness.message_builder import a_message, unique_name, without
from harness.network import DEFAULT_RATE, GuardedPair, Network, code_of

TABLE = json.loads((Path(__file__).parents[4] / "contract-tests/golden/ttl-and-schema.json").read_text("utf-8"))

# Wrong JSON types are refused instead of converted (rule message.read.types), and an overflow is answered.
DECIDED_OTHERWISE = {
    "ttl-string": "bad_message",
    "ttl-bool": "bad_message",
    "ttl-huge": "ok",
    "schema_version True": "bad_message",
}


async def verdict(pair: GuardedPair, message: dict[str, Any]) -> dict[str, Any]:
    """Sends as a request; the verdict of the receipt, which the error reply must repeat."""
    inbox = pair.sender.client.connection.new_inbox()
    replies = await pair.sender.client.subscribe(inbox)
    await pair.sender.client.publish(pair.peer.inbox, message, reply=inbox)
    receipt = await pair.sender.final_receipt(message)
    if receipt["status"] == "rejected":
        reply = (await replies.next()).json
        assert reply["kind"] == "error"
        assert {name: reply["payload"][name] for name in ("error", "detail", "request_message_id")} == {
            "error": receipt["code"],
            "detail": receipt["detail"],
            "request_message_id": message["message_id"],
        }
    return receipt


def fail_on_bad(message: ReceivedMessage, context: HandlerContext) -> None:
    if message.payload == "bad":
        raise ValueError("bad")


async def test_given_the_recorded_ttl_table_when_each_row_arrives_as_a_request_then_both_answers_give_its_verdict(
    network: Network,
) -> None:
    """G-01: inbox.ttl.table, inbox.ttl.missing, inbox.ttl.expired, inbox.ttl.overflow, receipt.refused,
    request.refused"""
    now = parse_instant(TABLE["now"])
    assert now
    pair = await network.pair(clock=MovedClock(epoch_seconds(now)))
    found = {}
    for row in TABLE["ttl"]:
        message = without(pair.message(), "sent_at", "ttl_ms", "expires_at") | row["fields"]
        receipt = await verdict(pair, message)
        found[row["id"]] = code_of(receipt)
        if found[row["id"]] in ("expired", "missing_ttl"):
            assert receipt["detail"] == "message ttl invalid or expired"
    assert found == {row["id"]: DECIDED_OTHERWISE.get(row["id"], row["result"]) for row in TABLE["ttl"]}


async def test_given_the_recorded_schema_version_table_when_each_row_arrives_then_both_answers_give_its_verdict(
    network: Network,
) -> None:
    """G-02: inbox.schema-version, inbox.schema-version.unsupported, inbox.schema-version.invalid, message.read.types"""
    pair = await network.pair()
    rows = [(row.get("schema_version"), row["result"]) for row in TABLE["schema_version"]]
    found = [code_of(await verdict(pair, pair.message(schema_version=version))) for version, _ in rows]
    assert list(zip(rows, found, strict=True)) == [
        ((version, result), DECIDED_OTHERWISE.get(f"schema_version {version}", result)) for version, result in rows
    ]


async def test_given_a_handled_message_when_the_same_envelope_comes_again_then_it_is_a_duplicate_and_not_handled(
    network: Network,
) -> None:
    """G-03: inbox.duplicate"""
    pair = await network.pair()
    message = pair.message()
    assert await pair.code_of(message) == "ok"
    copy = await pair.settle(message)
    assert (copy["code"], copy["detail"]) == ("duplicate", error_codes["duplicate"].detail)
    assert len(pair.peer.handled.items) == 1


async def test_given_a_used_key_when_it_comes_again_then_only_its_sender_and_receiver_call_it_a_duplicate(
    network: Network,
) -> None:
    """G-04: inbox.idempotency, inbox.idempotency.scope, inbox.duplicate.sender"""
    pair = await network.pair(shared_dedupe="off")
    other = GuardedPair(await network.raw_peer(), await network.peer(shared_dedupe="off"))
    from_other, to_other = GuardedPair(other.sender, pair.peer), GuardedPair(pair.sender, other.peer)
    key = unique_name("key")
    assert await pair.code_of(pair.message(idempotency_key=key)) == "ok"
    copy = await pair.settle(pair.message(idempotency_key=key))
    assert (copy["code"], copy["detail"]) == ("duplicate", error_codes["duplicate"].idempotency_detail)
    assert await from_other.code_of(from_other.message(idempotency_key=key)) == "ok"
    assert await to_other.code_of(to_other.message(idempotency_key=key)) == "ok"
    assert (len(pair.peer.handled.items), len(other.peer.handled.items)) == (2, 1)


async def test_given_default_limits_when_13_messages_come_at_once_then_10_are_taken_and_5_more_a_second_later(
    network: Network,
) -> None:
    """G-05: inbox.rate-limit, inbox.rate-limit.key, inbox.rate-limit.forged"""
    clock = MovedClock()
    pair = await network.pair(clock=clock, **DEFAULT_RATE)

    async def burst(count: int) -> list[str]:
        messages = [pair.message(from_session_tag=unique_name("tag")) for _ in range(count)]
        await pair.publish(*messages)
        return [code_of(await pair.sender.final_receipt(message)) for message in messages]

    assert await burst(13) == ["ok"] * 10 + ["rate_limited"] * 3
    clock.advance(1)
    assert await burst(8) == ["ok"] * 5 + ["rate_limited"] * 3


async def test_given_a_busy_worker_and_a_full_queue_when_one_more_comes_then_it_is_busy_and_taken_once_there_is_room(
    network: Network,
) -> None:
    """G-06: inbox.busy, inbox.busy.retry, inbox.workers"""
    gate = asyncio.Event()
    pair = await network.pair(lambda message, context: gate.wait(), max_concurrency=1, max_pending=2)
    messages, late = [pair.message() for _ in range(3)], pair.message()
    await pair.publish(*messages)
    busy = await pair.settle(late)
    assert (busy["code"], busy["detail"]) == ("busy", error_codes["busy"].detail)
    assert len(pair.peer.handled.items) == 1
    gate.set()
    for message in messages:
        assert (await pair.sender.final_receipt(message))["status"] == "processed"
    assert await pair.code_of(late) == "ok"
    assert len(pair.peer.handled.items) == 4


async def test_given_messages_with_keys_in_one_burst_when_there_is_room_for_three_then_the_others_are_busy(
    network: Network,
) -> None:
    """G-06: inbox.busy"""
    gate = asyncio.Event()
    pair = await network.pair(lambda message, context: gate.wait(), max_concurrency=1, max_pending=2)
    messages = [pair.message(idempotency_key=unique_name("key")) for _ in range(8)]
    await pair.publish(*messages)
    late = [code_of(await pair.sender.final_receipt(message)) for message in messages[3:]]
    gate.set()
    taken = [code_of(await pair.sender.final_receipt(message)) for message in messages[:3]]
    assert (taken, late) == (["ok"] * 3, ["busy"] * 5)


async def test_given_failures_in_a_row_when_more_messages_come_then_the_circuit_is_open_to_their_sender_until_the_reset(
    network: Network,
) -> None:
    """G-07: inbox.breaker.opens, inbox.breaker.success, inbox.breaker.probe, inbox.breaker.per-sender"""
    clock = MovedClock()
    pair = await network.pair(
        fail_on_bad, clock=clock, circuit_breaker_failures=3, circuit_breaker_reset_seconds=2, shared_dedupe="off"
    )
    stranger = GuardedPair(await network.raw_peer(), pair.peer)

    async def codes(*payloads: str) -> list[str]:
        return [await pair.code_of(pair.message(payload=payload, now=clock.now())) for payload in payloads]

    failed = "handler_error"
    assert await codes("bad", "bad", "good", "bad", "bad", "good") == [failed, failed, "ok", failed, failed, "ok"]
    assert await codes("bad", "bad", "bad", "good") == [failed, failed, failed, "service_degraded"]
    assert await stranger.code_of(stranger.message()) == "ok"
    clock.advance(2)
    assert await codes("bad", "good") == [failed, "service_degraded"]
    clock.advance(2)
    assert await codes("good", "bad", "good") == ["ok", failed, "ok"]


async def test_given_messages_with_two_faults_when_they_arrive_then_the_first_gate_refuses_them(
    network: Network,
) -> None:
    """G-08: inbox.gates.order, inbox.gates.schema-before-ttl, inbox.gates.ttl-before-duplicate"""
    clock = MovedClock()
    pair = await network.pair(clock=clock)
    past = pair.message(schema_version="9", now=clock.now() - 60)
    assert await pair.code_of(past) == "unsupported_schema_version"
    message = pair.message(now=clock.now())
    assert await pair.code_of(message) == "ok"
    clock.advance(60)
    assert await pair.code_of(message) == "expired"


async def test_given_bodies_of_the_limit_and_one_byte_more_when_sent_then_only_the_first_is_handled(
    network: Network,
) -> None:
    """G-09: message.size.boundary"""
    pair = await network.pair()
    rest = len(json.dumps(pair.message(payload="")))
    fits = pair.message(payload="x" * (limits.MESSAGE_MAX_BYTES - rest))
    exceeds = pair.message(payload="x" * (limits.MESSAGE_MAX_BYTES + 1 - rest))
    assert await pair.code_of(fits) == "ok"
    assert await pair.code_of(exceeds) == "payload_too_large"
    assert len(pair.peer.handled.items) == 1


async def test_given_a_short_lived_message_behind_a_slow_handler_when_its_turn_comes_too_late_then_it_is_not_handled(
    network: Network,
) -> None:
    """G-10: inbox.ttl.dequeue"""
    clock, gate = MovedClock(), asyncio.Event()
    pair = await network.pair(lambda message, context: gate.wait(), clock=clock, max_concurrency=1)
    slow, short = pair.message(now=clock.now()), pair.message(ttl_ms=100, now=clock.now())
    await pair.publish(slow, short)
    assert (await pair.sender.next_receipt(short))["status"] == "accepted"
    clock.advance(0.5)
    gate.set()
    assert code_of(await pair.sender.final_receipt(short)) == "expired"
    assert code_of(await pair.sender.final_receipt(slow)) == "ok"
    assert len(pair.peer.handled.items) == 1


async def test_given_two_sessions_when_20_keyed_messages_come_three_times_each_then_there_are_20_handlings(
    network: Network,
) -> None:
    """G-11: inbox.duplicate.replicas, inbox.duplicate.shared"""
    username = unique_name("twins")
    sender, peers = await network.raw_peer(), [await network.peer(username=username) for _ in range(2)]
    pair = GuardedPair(sender, peers[0])
    keys = [unique_name("key") for _ in range(20)]
    for key in keys:
        message = pair.message(idempotency_key=key)
        # Two identical copies, and a retry under an id of its own.
        await pair.publish(message, message, {**message, "message_id": unique_name("retry")})
    finals = [
        (await sender.receipts.next(lambda frame: bool(frame.json["status"] != "accepted"))).json for _ in range(60)
    ]
    handled = [message.idempotency_key for peer in peers for message in peer.handled.items]
    assert sorted(map(str, handled)) == sorted(keys)
    assert sorted(code_of(receipt) for receipt in finals) == ["duplicate"] * 40 + ["ok"] * 20


async def test_given_a_delivered_message_when_it_comes_14_times_more_then_it_is_only_a_duplicate_and_costs_no_rate(
    network: Network,
) -> None:
    """G-12: inbox.duplicate.before-rate, inbox.gates.order"""
    pair = await network.pair(clock=MovedClock(), **DEFAULT_RATE)
    message = pair.message()
    assert await pair.code_of(message) == "ok"
    await pair.publish(*[message] * 14)
    assert [code_of(await pair.sender.final_receipt(message)) for _ in range(14)] == ["duplicate"] * 14
    fresh = [await pair.code_of(pair.message()) for _ in range(limits.RATE_LIMIT_BURST)]
    assert fresh == ["ok"] * (limits.RATE_LIMIT_BURST - 1) + ["rate_limited"]


async def test_given_instants_beyond_the_calendar_when_such_messages_arrive_then_each_gets_a_receipt(
    network: Network,
) -> None:
    """G-13: inbox.ttl.overflow, limits.numbers"""
    pair = await network.pair()
    beyond = without(pair.message(ttl_ms=10**18), "expires_at")
    last = pair.message(sent_at="9999-12-31T23:59:59Z", ttl_ms=30_000, expires_at=None)
    first = pair.message(sent_at="0001-01-01T00:00:00Z", ttl_ms=-(10**18), expires_at=None)
    assert [await pair.code_of(message) for message in (beyond, last, first)] == ["ok", "ok", "expired"]


async def test_given_handlers_that_cancel_themselves_as_often_as_there_are_workers_then_the_next_message_is_handled(
    network: Network,
) -> None:
    """G-14: inbox.workers.survive"""
    calls = 0

    def cancel_first(message: ReceivedMessage, context: HandlerContext) -> None:
        nonlocal calls
        calls += 1
        if calls <= limits.MAX_CONCURRENCY:
            raise asyncio.CancelledError

    pair = await network.pair(cancel_first, circuit_breaker_failures=100)
    cancelled = [await pair.code_of(pair.message()) for _ in range(limits.MAX_CONCURRENCY)]
    assert cancelled == ["handler_error"] * limits.MAX_CONCURRENCY
    assert await pair.code_of(pair.message()) == "ok"


async def test_given_a_message_that_failed_when_it_is_sent_again_by_id_and_by_key_then_it_runs(
    network: Network,
) -> None:
    """R-12: send.no-false-success, inbox.duplicate.failed, inbox.idempotency.reused"""
    calls = 0

    def fail_twice(message: ReceivedMessage, context: HandlerContext) -> None:
        nonlocal calls
        calls += 1
        if calls <= 2:
            raise ValueError("not yet")

    pair = await network.pair(fail_twice)
    key = unique_name("key")
    message = pair.message(idempotency_key=key)
    assert await pair.code_of(message) == "handler_error"
    assert await pair.code_of(pair.message(idempotency_key=key)) == "handler_error"
    assert await pair.code_of(message) == "ok"
    assert await pair.code_of(pair.message(idempotency_key=key)) == "duplicate"
    reused = await pair.settle(pair.message(idempotency_key=key, payload="other"))
    expected = error_codes["idempotency_key_reused"]
    assert (reused["code"], reused["detail"]) == ("idempotency_key_reused", expected.detail or expected.text)
    assert len(pair.peer.handled.items) == 3


async def test_given_an_accepted_message_degraded_in_the_queue_when_sent_again_after_the_reset_then_it_is_handled(
    network: Network,
) -> None:
    """R-12: send.no-false-success, inbox.breaker.queued"""
    clock, gate = MovedClock(), asyncio.Event()

    async def fail_at_gate(message: ReceivedMessage, context: HandlerContext) -> None:
        if message.payload == "bad":
            await gate.wait()
            raise ValueError("bad")

    pair = await network.pair(
        fail_at_gate,
        clock=clock,
        max_concurrency=1,
        circuit_breaker_failures=1,
        circuit_breaker_reset_seconds=1,
    )
    bad = pair.message(payload="bad")
    good = pair.message(payload="good", idempotency_key=unique_name("key"))
    await pair.publish(bad, good)
    assert (await pair.sender.next_receipt(good))["status"] == "accepted"
    gate.set()
    assert code_of(await pair.sender.final_receipt(good)) == "service_degraded"
    clock.advance(1)
    assert await pair.code_of(good) == "ok"
    assert [message.payload for message in pair.peer.handled.items] == ["bad", "good"]


async def test_given_a_request_that_runs_and_one_that_is_done_when_copies_come_then_each_gets_the_reply_of_the_first(
    network: Network,
) -> None:
    """R-12: inbox.outcome.reply, inbox.outcome.attach, inbox.outcome.bounds"""
    gate = asyncio.Event()

    async def answer_late(message: ReceivedMessage, context: HandlerContext) -> None:
        await gate.wait()
        await context.reply({"exact": 1.5})

    pair = await network.pair(answer_late)
    message = pair.message(kind="request", idempotency_key=unique_name("key"))
    asking = [asyncio.ensure_future(pair.ask(message)) for _ in range(2)]
    await pair.sender.receipts.next(lambda frame: frame.json.get("code") == "duplicate")
    gate.set()
    for frame in [*await asyncio.gather(*asking), await pair.ask(message)]:
        assert (frame.json["kind"], frame.json["payload"]) == ("reply", {"exact": 1.5})
        assert frame.json["parent_message_id"] == message["message_id"]
    assert len(pair.peer.handled.items) == 1


async def test_given_messages_without_account_when_their_ids_repeat_then_labels_tell_the_senders_apart(
    network: Network,
) -> None:
    """G-03: inbox.duplicate.sender"""
    pair = await network.pair()
    message = without(a_message(to=pair.peer.account_id), "from_account_id")
    await pair.publish(message, {**message, "from_agent": "another"}, message)
    await pair.settle(pair.message())
    handled = [received.from_agent for received in pair.peer.handled.items]
    assert handled == [message["from_agent"], "another", "raw_sender"]


@pytest.mark.parametrize("options", [{"max_pending": 0}])
async def test_given_no_queue_when_a_worker_is_free_then_messages_are_still_taken_one_by_one(
    network: Network, options: dict[str, Any]
) -> None:
    """G-06: inbox.busy"""
    pair = await network.pair(max_concurrency=1, **options)
    assert [await pair.code_of(pair.message()) for _ in range(3)] == ["ok"] * 3
