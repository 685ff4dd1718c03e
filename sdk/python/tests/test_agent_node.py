"""An agent that joins, sends, asks and answers."""

import asyncio

import pytest
from agentnet import AgentNetError, AgentNode, ReceivedMessage, RemoteError, TransportError, ValidationError


async def test_given_an_agent_that_answers_when_asked_then_the_reply_is_in_the_same_thread(
    nats_url: str, caller: AgentNode
) -> None:
    node = AgentNode("adder", nats_url=nats_url)

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        await node.reply(message, {"sum": sum(message.payload["numbers"])})

    async with node:
        reply = await caller.request(to=node.account_id, payload={"numbers": [1, 2]}, thread_id="sums", timeout=20)
    assert (reply.payload, reply.thread_id, reply.kind) == ({"sum": 3}, "sums", "reply")


async def test_given_a_handler_when_a_message_is_sent_until_processed_then_the_final_receipt_decides(
    nats_url: str, caller: AgentNode
) -> None:
    seen: list[object] = []
    node = AgentNode("listener", nats_url=nats_url, username="py_listener")
    node.on_message(lambda message: seen.append(message.payload))
    async with node:
        delivery = await caller.send(to="@py_listener", payload={"text": "yo"}, until="processed")
    assert delivery.receipt and delivery.receipt["status"] == "processed"
    assert seen == [{"text": "yo"}]


async def test_given_a_handler_that_raises_when_asked_then_the_code_comes_back_without_the_text(
    nats_url: str, caller: AgentNode
) -> None:
    failures: list[AgentNetError] = []
    node = AgentNode("failing", nats_url=nats_url, on_error=failures.append)

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        raise RuntimeError("a secret")

    async with node:
        with pytest.raises(RemoteError) as refusal:
            await caller.request(to=node.account_id, payload=None, timeout=20)
    assert refusal.value.code == "handler_error"
    assert "a secret" not in str(refusal.value)
    assert isinstance(failures[0].__cause__, RuntimeError)


async def test_given_a_slow_handler_when_its_time_is_over_then_it_is_cancelled_and_the_sender_gets_timeout(
    nats_url: str, caller: AgentNode
) -> None:
    cancelled = asyncio.Event()
    node = AgentNode("slow", nats_url=nats_url, work_timeout_seconds=0.1)

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with node:
        with pytest.raises(RemoteError) as refusal:
            await caller.request(to=node.account_id, payload=None, timeout=20)
        await asyncio.wait_for(cancelled.wait(), 20)
    assert refusal.value.code == "timeout"


async def test_given_nobody_online_when_asked_then_it_fails_as_offline_before_the_timeout(caller: AgentNode) -> None:
    with pytest.raises(TransportError) as refusal:
        await caller.request(to="account:acct_nobody", payload=None, timeout=60)
    assert refusal.value.code == "recipient_offline"


async def test_given_the_same_key_twice_when_sent_then_the_handler_runs_once_and_the_reply_is_repeated(
    nats_url: str, caller: AgentNode
) -> None:
    runs: list[str] = []
    node = AgentNode("once", nats_url=nats_url)

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        runs.append(message.message_id)
        await node.reply(message, {"run": len(runs)})

    async with node:
        asked = {"to": node.account_id, "payload": {"order": 1}, "idempotency_key": "order-1", "timeout": 20}
        first = await caller.request(**asked)
        second = await caller.request(**asked)
        with pytest.raises(RemoteError) as refusal:
            await caller.request(**{**asked, "payload": {"order": 2}})
    assert (first.payload, second.payload, len(runs)) == ({"run": 1}, {"run": 1}, 1)
    assert refusal.value.code == "idempotency_key_reused"


@pytest.mark.parametrize("payload", [float("nan"), float("inf"), {1: "a"}, "\ud800", "a\0b", object()])
async def test_given_what_json_cannot_say_when_sent_then_it_is_refused_before_the_wire(
    caller: AgentNode, payload: object
) -> None:
    with pytest.raises(ValidationError) as refusal:
        await caller.send(to="acct_any", payload=payload)
    assert refusal.value.code == "invalid_payload"


async def test_given_work_under_way_when_the_agent_closes_then_it_is_finished_first(
    nats_url: str, caller: AgentNode
) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()
    node = AgentNode("closing", nats_url=nats_url)

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        started.set()
        await go_on.wait()

    await node.start()
    sending = asyncio.ensure_future(caller.send(to=node.account_id, payload=1, until="processed"))
    await asyncio.wait_for(started.wait(), 20)
    closing = asyncio.ensure_future(node.close())
    go_on.set()
    await closing
    delivery = await sending
    assert delivery.receipt and delivery.receipt["status"] == "processed"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"max_concurrency": 0}, "max_concurrency"),
        ({"work_timeout_seconds": 0.01}, "work_timeout_seconds"),
        ({"capabilities": ["a b"]}, "capabilities"),
        ({"nats_urls": "x"}, "nats_urls"),
    ],
)
def test_given_an_option_out_of_range_when_the_node_is_made_then_it_is_refused_by_name(
    options: dict[str, object], named: str
) -> None:
    with pytest.raises(ValidationError, match=named) as refusal:
        AgentNode("agent", **options)
    assert refusal.value.code == "invalid_option"


async def test_given_no_server_when_started_then_the_error_names_the_place_and_the_remedy() -> None:
    node = AgentNode("lost", nats_url="nats://s3cret@127.0.0.1:1", connect_timeout_seconds=1)
    with pytest.raises(TransportError) as refusal:
        await node.start()
    assert refusal.value.code == "connect_failed"
    assert "agentnet up" in str(refusal.value) and "s3cret" not in str(refusal.value)
