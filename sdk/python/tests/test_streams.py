"""Text while it is being made: sent, asked for, answered, joined."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from agentnet import (
    AgentNetError,
    AgentNode,
    AgentSDK,
    HandlerContext,
    ReceivedMessage,
    ReceivedStream,
    RemoteError,
    ValidationError,
    stream_handler,
)
from agentnet.connection.link import Link
from agentnet.streams.stream_assembler import StreamAssembler
from agentnet_protocol import encode_json, subjects

STORY = ["Once ", "upon ", "a ", "time 🐉"]


async def told(pieces: list[str]) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


@pytest.fixture
async def teller(nats_url: str) -> AsyncIterator[AgentNode]:
    """Answers with a story."""
    node = AgentNode("teller", nats_url=nats_url, on_error=lambda error: None, max_concurrency=4)

    @node.on_message
    async def handle(message: ReceivedMessage, context: HandlerContext) -> None:
        if message.payload == {"text": "fail"}:
            await context.stream(failing())
        elif message.payload == {"text": "plain"}:
            await context.reply({"text": "no stream"})
        else:
            await context.stream(told(STORY))

    async with node:
        yield node


async def failing() -> AsyncIterator[str]:
    yield "half"
    raise RuntimeError("a secret of the source")


@pytest.fixture
async def sdk(nats_url: str) -> AsyncIterator[AgentSDK]:
    async with AgentSDK("stream_asker", nats_url=nats_url) as opened:
        yield opened


async def test_given_an_agent_that_streams_when_asked_then_the_pieces_come_and_the_whole_text(
    sdk: AgentSDK, teller: AgentNode
) -> None:
    answer = sdk.ask_stream("@teller", "a story, please")
    pieces = [piece async for piece in answer]
    assert "".join(pieces) == await answer.text == "".join(STORY)
    assert await sdk.thread().ask_stream("@teller", "again") == "".join(STORY)


async def test_given_an_agent_that_streams_when_plainly_requested_then_the_reply_is_the_streams_end(
    caller: AgentNode, teller: AgentNode
) -> None:
    reply = await caller.request(to="@teller", payload="a story")
    assert (reply.kind, reply.payload["type"], reply.payload["text"]) == ("reply", "stream_end", "".join(STORY))


async def test_given_a_plain_answer_when_asked_for_a_stream_then_it_is_one_piece(
    sdk: AgentSDK, teller: AgentNode
) -> None:
    assert [piece async for piece in sdk.ask_stream("@teller", "plain")] == ["no stream"]


async def test_given_a_source_that_fails_when_streamed_then_the_asker_gets_the_error_without_its_text(
    sdk: AgentSDK, teller: AgentNode
) -> None:
    pieces: list[str] = []
    with pytest.raises(RemoteError) as failure:
        async for piece in sdk.ask_stream("@teller", "fail"):
            pieces.append(piece)
    assert (failure.value.code, pieces) == ("stream_failed", ["half"])
    assert "secret" not in str(failure.value)


async def test_given_nobody_online_when_asked_then_reading_fails_with_recipient_offline(
    sdk: AgentSDK, nats_url: str
) -> None:
    async with AgentNode("gone_soon", nats_url=nats_url) as node:
        account_id = node.account_id
    with pytest.raises(AgentNetError) as failure:
        await sdk.ask_stream(account_id, "hello").text
    assert failure.value.code == "recipient_offline"


async def test_given_a_wrong_option_when_asked_then_it_is_refused_at_once(sdk: AgentSDK) -> None:
    with pytest.raises(ValidationError):
        sdk.ask_stream("@teller", "x", idle_timeout=0)
    with pytest.raises(ValidationError):
        sdk.ask_stream("@teller", "x", timeout=5)


async def test_given_a_reader_that_leaves_when_it_reads_again_then_the_answer_was_cancelled(
    sdk: AgentSDK, teller: AgentNode
) -> None:
    for to in ("@teller", teller.account_id):
        async with sdk.ask_stream(to, "a story") as answer:
            pass
        with pytest.raises(AgentNetError) as failure:
            await answer.text
        assert failure.value.code == "cancelled"


@pytest.fixture
async def reader(nats_url: str) -> AsyncIterator[tuple[AgentNode, "asyncio.Queue[ReceivedStream]"]]:
    """Hands over whole streams."""
    node = AgentNode("stream_reader", nats_url=nats_url)
    streams: asyncio.Queue[ReceivedStream] = asyncio.Queue()

    async def read(stream: ReceivedStream) -> None:
        await streams.put(stream)

    node.on_message(stream_handler(read))
    async with node:
        yield node, streams


async def test_given_more_tokens_than_the_rate_limit_when_sent_then_they_arrive_whole_and_in_order(
    caller: AgentNode, reader: tuple[AgentNode, "asyncio.Queue[ReceivedStream]"]
) -> None:
    node, streams = reader
    words = [f"{number} " for number in range(2000)]
    sent = await caller.stream_text(to=node.account_id, chunks=told(words), thread_id="py_stream")
    stream = await streams.get()
    assert "".join([piece async for piece in stream]) == await stream.text == "".join(words)
    assert (sent.thread_id, sent.deltas < 40) == ("py_stream", True)
    assert (stream.thread_id, stream.from_account_id) == ("py_stream", caller.account_id)
    assert node.metrics_snapshot()["rate_limited_count"] == 0


async def test_given_a_sender_that_is_cancelled_when_it_streams_then_the_receiver_hears_so(
    caller: AgentNode, reader: tuple[AgentNode, "asyncio.Queue[ReceivedStream]"]
) -> None:
    node, streams = reader
    never = asyncio.Event()

    async def stuck() -> AsyncIterator[str]:
        yield "so far"
        await never.wait()

    sending = asyncio.ensure_future(caller.stream_text(to=node.account_id, chunks=stuck()))
    stream = await streams.get()
    pieces = aiter_of(stream)
    assert await pieces.__anext__() == "so far"
    sending.cancel()
    with pytest.raises(RemoteError) as failure:
        await stream.text
    assert (failure.value.code, failure.value.remote_detail) == ("stream_failed", "the stream was cancelled")
    await asyncio.wait([sending])
    assert sending.cancelled()


def aiter_of(stream: ReceivedStream) -> AsyncIterator[str]:
    return stream.__aiter__()


async def test_given_a_capability_when_streamed_to_then_it_is_refused(caller: AgentNode) -> None:
    with pytest.raises(ValidationError) as refusal:
        await caller.stream_text(to="capability:chat", chunks=["x"])
    assert refusal.value.code == "invalid_target"


async def test_given_a_peer_that_streams_to_the_inbox_when_asked_then_its_events_are_taken(
    sdk: AgentSDK, raw: Link, nats_url: str
) -> None:
    older = AgentNode("older_peer", nats_url=nats_url)

    @older.on_message
    async def handle(message: ReceivedMessage) -> None:
        events: list[dict[str, Any]] = [
            {"type": "STREAM_START", "stream_id": "s"},
            {"type": "stream_delta", "stream_id": "s", "seq": 1, "delta": "b"},
            {"type": "stream_delta", "stream_id": "s", "seq": 0, "delta": "a"},
            {"type": "stream_delta", "stream_id": "s", "seq": 1, "delta": "again"},
            {"type": "stream_end", "stream_id": "s", "seq": 2},
        ]
        for number, payload in enumerate(events):
            envelope = {
                "message_id": f"{message.message_id}_{number}",
                "from_account_id": older.account_id,
                "thread_id": message.thread_id,
                "sent_at": message.sent_at,
                "ttl_ms": 30000,
                "kind": "stream",
                "payload": payload,
            }
            await raw.publish(subjects.account_inbox(str(message.from_account_id)), encode_json(envelope))

    async with older:
        assert await sdk.ask_stream("@older_peer", "a story") == "ab"


class SteppedClock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.time = 1000.0
        self._timers: list[tuple[float, Any]] = []

    def now(self) -> float:
        return self.time

    def elapsed(self) -> float:
        return self.time

    def after(self, delay: float, callback: Any) -> Any:
        timer = (self.time + delay, callback)
        self._timers.append(timer)
        return lambda: self._timers.remove(timer) if timer in self._timers else None

    def advance(self, seconds: float) -> None:
        self.time += seconds
        for timer in [due for due in self._timers if due[0] <= self.time]:
            self._timers.remove(timer)
            timer[1]()


def event(**payload: Any) -> ReceivedMessage:
    return ReceivedMessage(
        message_id="m", kind="stream", thread_id="t", from_account_id="acct_a", payload={"stream_id": "s", **payload}
    )


async def joined(*messages: ReceivedMessage, wait: float = 0) -> ReceivedStream:
    clock = SteppedClock()
    found: list[ReceivedStream] = []
    assembler = StreamAssembler(found.append, clock=clock)
    for message in messages:
        assert assembler.take(message)
    clock.advance(wait)
    return found[0]


START = event(type="stream_start", first_seq=1)


def delta(seq: int, text: str) -> ReceivedMessage:
    return event(type="stream_delta", seq=seq, delta=text)


async def test_given_deltas_out_of_order_and_twice_when_joined_then_each_counts_once() -> None:
    stream = await joined(START, delta(2, "b"), delta(1, "a"), delta(2, "x"), event(type="stream_end", seq=3))
    assert await stream.text == "ab"


async def test_given_a_final_text_when_it_differs_then_it_wins() -> None:
    stream = await joined(START, delta(1, "a"), event(type="stream_end", seq=3, text="whole"))
    assert await stream.text == "whole"


@pytest.mark.parametrize(
    ("messages", "wait", "code"),
    [
        ((START, delta(2, "b"), event(type="stream_end", seq=3)), 5, "stream_gap"),
        ((START, delta(1, "a")), 60, "stream_timeout"),
        ((START, delta(1, "a" * 4_194_305)), 0, "stream_too_large"),
        ((START, event(type="stream_error", error="no")), 0, "stream_failed"),
    ],
)
async def test_given_what_cannot_be_joined_when_time_passes_then_the_stream_fails_with_its_code(
    messages: tuple[ReceivedMessage, ...], wait: float, code: str
) -> None:
    stream = await joined(*messages, wait=wait)
    with pytest.raises(AgentNetError) as failure:
        await stream.text
    assert failure.value.code == code


async def test_given_two_threads_when_stream_ids_are_the_same_then_they_are_two_streams() -> None:
    found: list[ReceivedStream] = []
    assembler = StreamAssembler(found.append, clock=SteppedClock())
    assembler.take(START)
    assembler.take(replace(START, thread_id="other"))
    assembler.close()
    assert len(found) == 2
