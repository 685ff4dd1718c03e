"""Conformance cases of group Streaming, with the Python peer as system under test."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from agentnet import AgentNetError, ReceivedStream, StreamBounds, stream_handler
from agentnet.streams.stream_event import StreamEvent, read_stream_event
from agentnet_protocol import limits
from harness.message_builder import unique_name
from harness.network import DEFAULT_RATE, GuardedPair, Network
from harness.raw_client import Noted
from harness.stream_frames import acknowledging_peer, delta, is_end, payload_of


@dataclass(frozen=True)
class StreamReader:
    """A raw sender, an agent with the default limits, and the streams it was sent."""

    pair: GuardedPair
    streams: Noted[ReceivedStream]
    thread_id: str

    async def publish(self, *payloads: Any) -> None:
        for payload in payloads:
            await self.pair.publish(self.pair.message(kind="stream", thread_id=self.thread_id, payload=payload))


async def stream_reader(network: Network, **bounds: Any) -> StreamReader:
    streams: Noted[ReceivedStream] = Noted()
    handle = stream_handler(streams.note, bounds=StreamBounds(**bounds))
    return StreamReader(await network.pair(handle, **DEFAULT_RATE), streams, unique_name("thread"))


async def test_given_text_in_three_pieces_when_streamed_then_start_three_deltas_and_an_end_share_stream_and_thread(
    network: Network,
) -> None:
    """X-01: stream.events, stream.events.seq, stream.first-seq"""
    receiver, peer = await acknowledging_peer(network), await network.peer()

    async def slowly() -> AsyncIterator[str]:
        for count, piece in enumerate(("one ", "two ", "three"), start=2):
            yield piece
            # The start, and a delta for each piece so far.
            await receiver.inbox.reach(count)

    sent = await peer.node.stream_text(to=receiver.account_id, chunks=slowly(), thread_id="thread_x01")
    messages = [frame.json for frame in receiver.inbox.items]
    events = [payload_of(frame) for frame in receiver.inbox.items]
    assert {(message["kind"], message["thread_id"]) for message in messages} == {("stream", "thread_x01")}
    spoken = {"stream_id": sent.stream_id, "role": "assistant", "content_type": "text/plain"}
    started_at, finished_at = events[0]["started_at"], events[-1]["finished_at"]
    assert isinstance(started_at, str)
    assert isinstance(finished_at, str)
    assert events == [
        {"type": "stream_start", **spoken, "first_seq": 1, "started_at": started_at, "metadata": {}},
        {"type": "stream_delta", **spoken, "delta": "one ", "seq": 1},
        {"type": "stream_delta", **spoken, "delta": "two ", "seq": 2},
        {"type": "stream_delta", **spoken, "delta": "three", "seq": 3},
        {
            "type": "stream_end",
            **spoken,
            "seq": 4,
            "text": "one two three",
            "finished_at": finished_at,
            "metadata": {},
        },
    ]


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        (
            {"type": " Stream_Delta ", "stream_id": "s", "delta": "a", "seq": "2"},
            StreamEvent(type="stream_delta", stream_id="s", delta="a", seq=2),
        ),
        (
            {"type": "stream_delta", "stream_id": "s", "seq": -1, "role": None},
            StreamEvent(type="stream_delta", stream_id="s", seq=0, role="assistant", content_type="text/plain"),
        ),
        ({"type": "STREAM_START", "stream_id": "s"}, StreamEvent(type="stream_start", stream_id="s", metadata={})),
        (
            {"type": "stream_end", "stream_id": "s", "metadata": None},
            StreamEvent(type="stream_end", stream_id="s", seq=0, text=None, metadata={}),
        ),
        (
            {"type": "stream_error", "stream_id": "s", "error": "gone", "seq": "-3"},
            StreamEvent(type="stream_error", stream_id="s", error="gone", seq=0),
        ),
    ],
)
async def test_given_events_as_older_peers_write_them_when_read_then_defaults_are_filled_in(
    payload: dict[str, Any], read: StreamEvent
) -> None:
    """X-02: stream.read.defaults, stream.read.type"""
    assert read_stream_event(payload) == read


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "stream_start"},
        {"type": "stream_delta", "stream_id": "", "delta": "a"},
        {"type": "stream_end", "stream_id": None},
        {"type": "stream_error", "stream_id": "s"},
        {"type": "stream_error", "stream_id": "s", "error": ""},
        {"type": "note", "stream_id": "s"},
        "stream_start",
        None,
    ],
)
async def test_given_no_stream_id_or_an_error_without_text_when_it_arrives_then_it_is_a_plain_payload(
    network: Network, payload: Any
) -> None:
    """X-03: stream.read.none"""
    pair = await network.pair()
    assert read_stream_event(payload) is None
    receipt = await pair.settle(pair.message(kind="stream", payload=payload))
    assert receipt["status"] == "processed"
    assert [message.payload for message in pair.peer.handled.items] == [payload]


async def test_given_deltas_out_of_order_and_repeated_when_joined_then_each_is_there_once_in_the_order_of_seq(
    network: Network,
) -> None:
    """X-04: stream.reassembly, stream.first-seq"""
    reader = await stream_reader(network)
    await reader.publish({"type": "stream_start", "stream_id": "s"})
    await reader.publish(*(delta("s", seq) for seq in (1, 0, 3, 1, 2, 0)))
    await reader.publish({"type": "stream_end", "stream_id": "s", "seq": 4})
    assert await (await reader.streams.next()).text == "<0><1><2><3>"


@pytest.mark.parametrize("first_seq", [0, 1])
async def test_given_a_stream_that_does_not_say_where_it_begins_when_it_begins_at_0_or_at_1_then_it_is_read(
    network: Network, first_seq: int
) -> None:
    """X-04: stream.first-seq"""
    reader = await stream_reader(network)
    await reader.publish(
        {"type": "stream_start", "stream_id": "s"},
        delta("s", first_seq, "a"),
        delta("s", first_seq + 1, "b"),
        {"type": "stream_end", "stream_id": "s", "seq": first_seq + 2},
    )
    stream = await reader.streams.next()
    assert "".join([piece async for piece in stream]) == await stream.text == "ab"


async def test_given_an_end_with_text_when_the_deltas_say_something_else_then_the_text_wins(network: Network) -> None:
    """X-04: stream.end-text"""
    reader = await stream_reader(network)
    await reader.publish(
        {"type": "stream_start", "stream_id": "s"},
        delta("s", 0, "helo"),
        {"type": "stream_end", "stream_id": "s", "seq": 1, "text": "hello"},
    )
    assert await (await reader.streams.next()).text == "hello"


async def test_given_a_missing_delta_when_the_stream_ends_without_and_with_a_final_text_then_it_is_a_gap_and_the_text(
    network: Network,
) -> None:
    """X-04: stream.gap"""
    reader = await stream_reader(network, gap_wait_seconds=0.05)
    for stream_id in ("a", "b"):
        await reader.publish({"type": "stream_start", "stream_id": stream_id}, delta(stream_id, 0), delta(stream_id, 2))
    await reader.publish(
        {"type": "stream_end", "stream_id": "b", "seq": 3, "text": "<0><1><2>"},
        {"type": "stream_end", "stream_id": "a", "seq": 3},
    )
    broken, whole = await reader.streams.next(), await reader.streams.next()
    with pytest.raises(AgentNetError) as failure:
        await broken.text
    assert (failure.value.code, await whole.text) == ("stream_gap", "<0><1><2>")


async def test_given_more_text_than_allowed_when_it_arrives_then_its_reader_gets_stream_too_large(
    network: Network,
) -> None:
    """stream.bounds"""
    reader = await stream_reader(network, max_bytes=10)
    await reader.publish({"type": "stream_start", "stream_id": "s"}, delta("s", 0, "more than ten bytes"))
    with pytest.raises(AgentNetError) as failure:
        await (await reader.streams.next()).text
    assert failure.value.code == "stream_too_large"


async def test_given_default_limits_when_a_raw_sender_publishes_200_deltas_at_full_speed_then_all_are_handled_in_order(
    network: Network,
) -> None:
    """X-05: stream.throughput"""
    pair, thread_id = await network.pair(**DEFAULT_RATE), unique_name("thread")
    events = [
        {"type": "stream_start", "stream_id": "s"},
        *(delta("s", seq) for seq in range(200)),
        {"type": "stream_end", "stream_id": "s", "seq": 200},
    ]
    for event in events:
        await pair.publish(pair.message(kind="stream", thread_id=thread_id, payload=event))
    await pair.peer.handled.reach(len(events))
    await pair.sender.receipts.reach(2 * len(events))
    assert [message.payload for message in pair.peer.handled.items] == events
    assert [frame.json for frame in pair.sender.receipts.items if frame.json["status"] == "rejected"] == []


async def test_given_a_source_of_200_pieces_at_full_speed_when_streamed_to_default_limits_then_one_reader_gets_all(
    network: Network,
) -> None:
    """X-05: stream.throughput, stream.pace"""
    reader, sender = await stream_reader(network), await network.peer()
    chunks = [f"piece {index}\n" for index in range(200)]
    await sender.node.stream_text(to=reader.pair.peer.account_id, chunks=chunks)
    stream = await reader.streams.next()
    assert "".join([piece async for piece in stream]) == "".join(chunks)
    assert reader.pair.peer.node.metrics_snapshot()["rate_limited_count"] == 0
    assert len(reader.streams.items) == 1


async def test_given_a_receiver_with_the_default_rate_limit_when_a_long_text_is_streamed_then_nothing_is_refused(
    network: Network,
) -> None:
    """X-05: stream.pace"""
    tokens, filled_at, refused = float(limits.RATE_LIMIT_BURST), time.monotonic(), 0

    def take_token(message: dict[str, Any]) -> dict[str, Any]:
        nonlocal tokens, filled_at, refused
        now = time.monotonic()
        tokens = min(limits.RATE_LIMIT_BURST, tokens + (now - filled_at) * limits.RATE_LIMIT_PER_SECOND)
        filled_at = now
        refused += tokens < 1
        tokens -= 1
        return {}

    receiver, sender = await acknowledging_peer(network, take_token), await network.peer()
    chunks = ["x" * (limits.STREAM_DELTA_MAX_BYTES // 2)] * 12
    sent = await sender.node.stream_text(to=receiver.account_id, chunks=chunks)
    assert (refused, sent.deltas > 3) == (0, True)


async def test_given_a_receiver_that_refuses_every_first_copy_when_streamed_to_then_each_event_is_sent_again_in_order(
    network: Network,
) -> None:
    """X-05: stream.pace"""
    seen: set[str] = set()

    def refuse_first(message: dict[str, Any]) -> dict[str, Any]:
        payload = message["payload"]
        event = json.dumps([payload["type"], payload.get("seq")])
        is_first = event not in seen
        seen.add(event)
        return {"status": "rejected", "code": "rate_limited" if len(seen) % 2 else "busy"} if is_first else {}

    receiver, sender = await acknowledging_peer(network, refuse_first), await network.peer()
    await sender.node.stream_text(to=receiver.account_id, chunks=["all of it"])
    kinds = [payload_of(frame)["type"] for frame in receiver.inbox.items]
    assert kinds == [kind for kind in ("stream_start", "stream_delta", "stream_end") for _ in range(2)]


async def test_given_deltas_of_a_stream_never_opened_when_more_come_than_the_ordinary_limit_then_the_rest_are_refused(
    network: Network,
) -> None:
    """X-05: stream.limit"""
    pair = await network.pair(**DEFAULT_RATE)
    count = limits.RATE_LIMIT_BURST + 5
    for seq in range(count):
        await pair.publish(pair.message(kind="stream", payload=delta("s", seq)))
    await pair.sender.receipts.next(lambda frame: frame.json.get("code") == "rate_limited")
    assert len(pair.peer.handled.items) < count


async def test_given_a_source_that_fails_when_streamed_then_the_receiver_hears_of_it_without_its_text(
    network: Network,
) -> None:
    """stream.source stream.source.whole"""
    receiver, sender = await acknowledging_peer(network), await network.peer()

    async def failing() -> AsyncIterator[str]:
        for piece in ("so ", "far, ", "so good"):
            yield piece
        raise RuntimeError("secret detail")

    with pytest.raises(AgentNetError) as failure:
        await sender.node.stream_text(to=receiver.account_id, chunks=failing())
    assert (failure.value.code, str(failure.value.__cause__)) == ("stream_source_failed", "secret detail")
    last = await receiver.inbox.next(is_end)
    assert payload_of(last)["type"] == "stream_error"
    assert "secret" not in last.text
    assert "".join(payload_of(frame).get("delta", "") for frame in receiver.inbox.items) == "so far, so good"


async def test_given_a_source_that_hangs_when_its_stream_is_cancelled_then_the_receiver_hears_so_and_the_source_is_left(
    network: Network,
) -> None:
    """stream.source"""
    receiver, sender = await acknowledging_peer(network), await network.peer()
    left = asyncio.Event()

    async def hanging() -> AsyncIterator[str]:
        try:
            yield "so far"
            await asyncio.Event().wait()
        finally:
            left.set()

    streaming = asyncio.ensure_future(sender.node.stream_text(to=receiver.account_id, chunks=hanging()))
    await receiver.inbox.reach(2)
    streaming.cancel()
    assert payload_of(await receiver.inbox.next(is_end))["type"] == "stream_error"
    await asyncio.wait([streaming])
    assert (streaming.cancelled(), left.is_set()) == (True, True)
