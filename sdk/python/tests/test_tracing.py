"""What is recorded of messages where the program traces."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from agentnet import AgentNetError, HandlerContext, ReceivedMessage
from agentnet.tracing.trace_context import parent_in, read_trace_context, trace_id_in, write_trace_context
from agentnet_protocol import headers, subjects
from harness.message_builder import unique_name
from harness.network import Network, PeerUnderTest
from harness.raw_peer import RawPeer
from harness.recorded_spans import RecordedSpans, parent_id_of, span_id_of, trace_id_of
from harness.typescript_peer import typescript_program
from opentelemetry import trace
from opentelemetry.trace import SpanContext, SpanKind, StatusCode, TraceFlags

INBOX = subjects.patterns["account_inbox"]
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"
SAMPLED = SpanContext(int(TRACE_ID, 16), int(SPAN_ID, 16), is_remote=True, trace_flags=TraceFlags(1))


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> RecordedSpans:
    """A tracer for one test; OpenTelemetry itself takes only one for the life of a process."""
    recorded = RecordedSpans()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", recorded.provider)
    return recorded


async def answer(message: ReceivedMessage, context: HandlerContext) -> None:
    if message.payload == "fail":
        raise ValueError("no luck")
    if message.payload == "stream":
        await context.stream(["Once ", "upon ", "a time"])
    elif message.reply_to:
        await context.reply(message.payload)


async def test_given_an_active_span_when_a_message_is_sent_then_it_is_in_that_trace_in_body_and_header(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.id.default, trace.header"""
    receiver, sender = await network.raw_peer(), await network.peer()
    with spans.program():
        sending = asyncio.ensure_future(sender.node.send(to=receiver.account_id, payload={"text": "hi"}))
    frame = await receiver.inbox.next()
    await receiver.acknowledge(frame.json)
    delivery = await sending
    program, span = await spans.named("program"), await spans.named(f"send {INBOX}")
    assert delivery.trace_id == frame.json["trace_id"] == trace_id_of(program)
    assert frame.json["thread_id"] == f"thread_{delivery.trace_id}"
    assert parent_id_of(span) == span_id_of(program)
    assert frame.headers[headers.TRACEPARENT] == f"00-{delivery.trace_id}-{span_id_of(span)}-01"
    assert span.kind == SpanKind.PRODUCER
    assert dict(span.attributes or {}) == {
        "messaging.system": "nats",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": subjects.account_inbox(receiver.account_id),
        "messaging.destination.template": INBOX,
        "messaging.message.id": frame.json["message_id"],
        "messaging.message.conversation_id": frame.json["thread_id"],
        "messaging.message.body.size": len(frame.body),
        "agentnet.message.kind": "direct",
        "agentnet.from_account_id": sender.account_id,
        "agentnet.to_account_id": receiver.account_id,
    }


async def test_given_no_active_span_when_a_message_is_sent_then_it_begins_a_trace_of_its_own(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.id.default"""
    receiver, sender = await network.raw_peer(), await network.peer()
    await sender.node.send(to=receiver.account_id, payload=1, require_delivery_ack=False)
    span = await spans.named(f"send {INBOX}")
    assert parent_id_of(span) is None
    assert (await receiver.inbox.next()).json["trace_id"] == trace_id_of(span)


async def test_given_a_caller_that_names_another_trace_when_it_sends_then_the_span_is_in_that_and_links_to_the_active(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.id, trace.parent.none"""
    receiver, sender = await network.raw_peer(), await network.peer()
    with spans.program():
        await sender.node.send(to=receiver.account_id, payload=1, trace_id=TRACE_ID, require_delivery_ack=False)
        await sender.node.send(to=receiver.account_id, payload=1, trace_id="job-42", require_delivery_ack=False)
    program = await spans.named("program")
    named, other = [span for span in spans.all if span.name == f"send {INBOX}"]
    assert [(await receiver.inbox.next()).json["trace_id"] for _ in range(2)] == [TRACE_ID, "job-42"]
    assert (trace_id_of(named), parent_id_of(named)) == (TRACE_ID, TRACE_ID[16:])
    assert [link.context.span_id for link in named.links] == [int(span_id_of(program), 16)]
    assert trace_id_of(other) == trace_id_of(program)
    assert (other.attributes or {})["agentnet.trace_id"] == "job-42"


async def test_given_a_rejected_message_when_sending_fails_then_the_span_has_the_code(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.error"""
    receiver, sender = await network.raw_peer(), await network.peer()
    sending = asyncio.ensure_future(sender.node.send(to=receiver.account_id, payload=1))
    await receiver.acknowledge((await receiver.inbox.next()).json, status="rejected", code="busy")
    with pytest.raises(AgentNetError, match="delivery_rejected"):
        await sending
    span = await spans.named(f"send {INBOX}")
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "delivery_rejected")
    attributes = span.attributes or {}
    assert (attributes["error.type"], attributes["agentnet.remote_code"]) == ("delivery_rejected", "busy")
    assert [event.name for event in span.events] == ["exception"]


async def test_given_a_handler_that_asks_another_agent_when_it_is_asked_then_all_spans_form_one_tree(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.handler, trace.parent"""
    oracle, asker = await network.peer(answer), await network.peer()
    peers: list[PeerUnderTest] = []

    async def ask_on(message: ReceivedMessage, context: HandlerContext) -> None:
        reply = await peers[0].node.request(to=oracle.account_id, payload=42, timeout=60)
        await context.reply(reply.payload)

    worker = await network.peer(ask_on)
    peers.append(worker)
    with spans.program():
        reply = await asker.node.request(to=worker.account_id, payload={}, timeout=60)
    program = await spans.named("program")
    await spans.reach(lambda all_spans: len(all_spans) == 7)
    assert reply.trace_id == trace_id_of(program)
    assert {trace_id_of(span) for span in spans.all} == {trace_id_of(program)}
    names = {span_id_of(span): span.name for span in spans.all}
    tree = Counter(f"{names.get(parent_id_of(span) or '')} > {span.kind.name} {span.name}" for span in spans.all)
    assert tree == {
        "None > INTERNAL program": 1,
        f"program > CLIENT request {INBOX}": 1,
        f"request {INBOX} > SERVER process {INBOX}": 2,
        f"process {INBOX} > CLIENT request {INBOX}": 1,
        f"process {INBOX} > PRODUCER reply (temporary)": 2,
    }


async def test_given_a_handler_that_raises_when_it_is_asked_then_both_sides_have_its_code(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.error"""
    worker, asker = await network.peer(answer, on_error=lambda error: None), await network.peer()
    with pytest.raises(AgentNetError, match="handler_error"):
        await asker.node.request(to=worker.account_id, payload="fail", timeout=60)
    asking, handling = await spans.named(f"request {INBOX}"), await spans.named(f"process {INBOX}")
    assert (asking.attributes or {})["error.type"] == "handler_error"
    assert (handling.status.status_code, handling.status.description) == (StatusCode.ERROR, "handler_error")
    assert (handling.events[0].attributes or {})["exception.message"] == "no luck"


async def test_given_a_reply_outside_the_handler_when_it_is_sent_then_it_is_part_of_the_handling(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.handler"""
    worker, asker = await network.peer(), await network.peer()
    asking = asyncio.ensure_future(asker.node.request(to=worker.account_id, payload={}, timeout=60))
    handling = await spans.named(f"process {INBOX}")
    await worker.node.reply(worker.handled.items[0], "late")
    assert (await asking).payload == "late"
    assert parent_id_of(await spans.named("reply (temporary)")) == span_id_of(handling)


async def test_given_a_message_with_a_traceparent_and_no_trace_id_when_it_is_handled_then_the_header_is_the_parent(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.parent"""
    pair = await network.pair()
    given = {headers.TRACEPARENT: TRACEPARENT, headers.TRACESTATE: "vendor=1"}
    await network.client.publish(pair.peer.inbox, pair.message(trace_id="job-42"), headers=given)
    span = await spans.named(f"process {INBOX}")
    assert span.kind == SpanKind.CONSUMER
    assert span.parent and span.parent.is_remote
    assert (trace_id_of(span), parent_id_of(span)) == (TRACE_ID, SPAN_ID)
    assert span.parent.trace_state.to_header() == "vendor=1"


@pytest.mark.parametrize(
    "block",
    [
        "",
        f"traceparent: {TRACEPARENT}\r\n",
        f"traceparent: 00-{'z' * 32}-1-1\r\n",
        f"traceparent: {TRACEPARENT}\r\n" * 2,
        "".join(f"traceparent-{at}: {TRACEPARENT}\r\n" for at in range(1000)),
        f"bad name\x01: x\r\ntraceparent: {TRACEPARENT}\r\n",
        f"no colon\r\ntraceparent: {TRACEPARENT}\r\n",
    ],
    ids=["none", "another trace", "rubbish", "two headers", "too long", "a bad name", "no header line"],
)
async def test_given_headers_that_do_not_count_when_the_message_is_handled_then_its_trace_id_decides(
    network: Network, spans: RecordedSpans, block: str
) -> None:
    """trace.id, trace.parent.none, trace.header.malformed"""
    pair = await network.pair()
    message = pair.message()
    await network.client.publish_raw(pair.peer.inbox, message, b"NATS/1.0\r\n" + block.encode() + b"\r\n")
    assert (await pair.sender.final_receipt(message))["status"] == "processed"
    span = await spans.named(f"process {INBOX}")
    assert (trace_id_of(span), parent_id_of(span)) == (message["trace_id"], message["trace_id"][16:])


@pytest.mark.parametrize(
    "block", [b"", b"x", b"NATS/1.0", b"NATS/1.0 \xff\r\n\r\n", b"\r\n\r\n", b"HTTP/1.1 200\r\n\r\n"]
)
async def test_given_a_header_block_that_is_none_when_it_comes_then_nothing_is_lost_and_the_agent_stays_on_the_network(
    network: Network, block: bytes
) -> None:
    """trace.header.malformed: nats-py by itself ends its read loop at some of them."""
    pair = await network.pair(answer)
    message = pair.message()
    await network.client.publish_raw(pair.peer.inbox, message, block)
    assert (await pair.sender.final_receipt(message))["status"] == "processed"
    assert (await pair.ask(pair.message(kind="request"))).json["kind"] == "reply"


async def test_given_an_agent_that_streams_its_answer_when_it_is_asked_then_the_stream_is_one_span_on_each_side(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.handler"""
    poet, asker = await network.peer(answer), await network.peer()
    assert await asker.node.ask_stream(to=poet.account_id, payload="stream") == "Once upon a time"
    asking, handling = await spans.named(f"ask_stream {INBOX}"), await spans.named(f"process {INBOX}")
    stream = await spans.named("stream (temporary)")
    assert asking.kind == SpanKind.CLIENT
    assert (parent_id_of(handling), parent_id_of(stream)) == (span_id_of(asking), span_id_of(handling))
    assert str((stream.attributes or {})["agentnet.stream_id"]).startswith("stream_")
    assert [span.name for span in spans.all if span.name.startswith("send")] == []


async def test_given_text_that_is_streamed_to_an_account_when_its_source_fails_then_the_span_has_the_code(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.error"""

    async def broken() -> AsyncIterator[str]:
        raise ValueError("out of ink")
        yield ""

    receiver, poet = await network.raw_peer(), await network.peer()
    streaming = asyncio.ensure_future(poet.node.stream_text(to=receiver.account_id, chunks=broken()))
    start = await receiver.inbox.next()
    await receiver.acknowledge(start.json)
    await receiver.acknowledge((await receiver.inbox.next()).json)
    with pytest.raises(AgentNetError, match="stream_source_failed"):
        await streaming
    span = await spans.named(f"stream {INBOX}")
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "stream_source_failed")
    assert span_id_of(span) in start.headers[headers.TRACEPARENT]


async def test_given_a_request_whose_task_is_cancelled_when_it_ends_then_its_span_says_so(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.error"""
    receiver, asker = await network.raw_peer(), await network.peer()
    asking = asyncio.ensure_future(asker.node.request(to=receiver.account_id, payload=1))
    await receiver.inbox.next()
    asking.cancel()
    await asyncio.wait([asking])
    assert ((await spans.named(f"request {INBOX}")).attributes or {})["error.type"] == "cancelled"


async def test_given_a_program_without_a_tracer_when_it_sends_and_handles_then_the_trace_id_is_the_message_id(
    network: Network,
) -> None:
    """trace.id.default: and there are no headers."""
    receiver: RawPeer = await network.raw_peer()
    sender = await network.peer()
    await sender.node.send(to=receiver.account_id, payload=1, require_delivery_ack=False)
    frame = await receiver.inbox.next()
    assert frame.json["trace_id"] == frame.json["message_id"]
    assert frame.headers == {}


async def test_given_a_trace_that_goes_through_both_languages_when_looked_at_then_it_is_one_tree(
    network: Network, spans: RecordedSpans
) -> None:
    """trace.handler, trace.parent: Python asks TypeScript, which asks Python, and TypeScript asks Python itself."""
    settings = {"natsUrl": network.nats_url, "agentId": unique_name("typescript"), "traced": True}
    async with typescript_program("typescript-agent.mjs", json.dumps(settings)) as theirs:
        oracle, asker = await network.peer(answer), await network.peer()
        with spans.program():
            wish = {"do": "ask on", "to": oracle.account_id}
            reply = await asker.node.request(to=theirs.account_id, payload=wish, timeout=60)
        assert reply.payload == "on"
        program = await spans.named("program")
        handled_by_us = await spans.named(f"process {INBOX}")
        asked_by_us = await spans.named(f"request {INBOX}")
        # Its own span of the work ends after the reply that the test waits for.
        their_spans: list[dict[str, Any]] = []
        while not any(span["name"].startswith("process") for span in their_spans):
            their_spans = await theirs.call("spans")
        assert await theirs.call("ask", to=oracle.account_id, text='"home"') == "home"
        all_of_theirs = await theirs.call("spans")
    by_name = {span["name"]: span for span in their_spans}
    handled, asked = by_name[f"process {INBOX}"], by_name[f"request {INBOX}"]
    assert {span["traceId"] for span in their_spans} == {trace_id_of(program)} == {trace_id_of(handled_by_us)}
    assert reply.trace_id == trace_id_of(program)
    assert handled["parentId"] == span_id_of(asked_by_us)
    assert asked["parentId"] == handled["spanId"]
    assert parent_id_of(handled_by_us) == asked["spanId"]
    ours_of_it = {name: value for name, value in (handled_by_us.attributes or {}).items() if name not in OF_ONE_SPAN}
    assert ours_of_it.keys() == {name for name in handled["attributes"] if name not in OF_ONE_SPAN}
    # A trace that begins there goes on here.
    home = next(span for span in all_of_theirs if span["traceId"] != trace_id_of(program))
    await spans.reach(lambda all_spans: any(trace_id_of(span) == home["traceId"] for span in all_spans))
    assert parent_id_of(next(span for span in spans.all if trace_id_of(span) == home["traceId"])) is not None


OF_ONE_SPAN = {"agentnet.trace_id"}
"""Attributes that only some messages have."""


def test_given_no_opentelemetry_package_when_the_sdk_is_imported_then_it_works_without() -> None:
    """trace.id.default"""
    program = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "import agentnet\n"
        "from agentnet.tracing.spans import Handlings, sending\n"
        "with sending('send', 'account.a.inbox', trace_id=None) as span: print(span)\n"
        "print(Handlings().context_of(agentnet.ReceivedMessage(message_id='', payload=1, thread_id='t')))\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    assert (told.stdout.split(), told.stderr) == (["None", "None"], "")


def test_given_a_span_when_its_headers_are_written_and_read_then_it_is_the_same_span() -> None:
    """trace.header"""
    assert write_trace_context(SAMPLED) == {"traceparent": TRACEPARENT}
    assert read_trace_context(write_trace_context(SAMPLED)) == SAMPLED
    with_state = {"traceparent": TRACEPARENT, "tracestate": "a=1,b=2"}
    read = read_trace_context(with_state)
    assert read and write_trace_context(read) == with_state
    rubbish = read_trace_context({"traceparent": TRACEPARENT, "tracestate": "\0,=,A B=\x1b"})
    assert rubbish and write_trace_context(rubbish) == {"traceparent": TRACEPARENT}
    assert read_trace_context({"traceparent": f"cc-{TRACE_ID}-{SPAN_ID}-03-more"}) == SAMPLED


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "rubbish",
        f"00-{TRACE_ID}-{SPAN_ID}",
        f"{TRACEPARENT}-more",
        f"{TRACEPARENT}, {TRACEPARENT}",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{TRACE_ID.upper()}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f" {TRACEPARENT}",
        f"00-{TRACE_ID}-{SPAN_ID}-0x",
        f"{TRACEPARENT}\n",
        "a" * 8000,
    ],
)
def test_given_a_malformed_traceparent_when_it_is_read_then_there_is_no_parent(traceparent: str) -> None:
    """trace.header.malformed"""
    assert read_trace_context({"traceparent": traceparent}) is None


def test_given_texts_when_looked_at_then_only_32_lower_case_digits_not_all_zero_are_a_trace_id() -> None:
    """trace.id, trace.parent.none"""
    for good in (TRACE_ID, f"{'0' * 31}1"):
        assert trace_id_in(good) == good
    for bad in (None, "", "job-42", TRACE_ID.upper(), "0" * 32, f"{TRACE_ID}0", f"{TRACE_ID}\n"):
        assert trace_id_in(bad) is None
    assert parent_in(TRACE_ID).span_id == int("a3ce929d0e0e4736", 16)
    assert parent_in(f"4bf92f3577b34da6{'0' * 16}").span_id == int("4bf92f3577b34da6", 16)
