"""A reply that stands for the receipts of its request."""

import asyncio
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from agentnet import AgentNode, HandlerContext, ReceivedMessage
from agentnet.connection.nats_client import NatsClient
from agentnet.identity.signer import Signer
from agentnet.inbox.receipts import Receipts
from agentnet_protocol import is_valid, subjects
from harness.detached import detached_raw_peer, is_sealed_by
from harness.message_builder import a_message, unique_name, without
from harness.network import Handle, Network
from harness.overheard import Overheard, overhear, settled, word_of
from harness.raw_client import PATIENCE
from harness.tcp_proxy import tcp_proxy

ASKED = {"kind": "request", "receipts": "with_reply"}

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="there, a task does not tell whether it is being cancelled"
)


async def a_turn() -> None:
    """Lets everything that waits be done, sockets included."""
    turn = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.001, turn.set_result, None)
    await turn


async def echo(message: ReceivedMessage, context: HandlerContext) -> None:
    await context.reply(message.payload)


async def echo_later(message: ReceivedMessage, context: HandlerContext) -> None:
    await a_turn()
    await context.reply(message.payload)


async def ask(network: Network, handle: Handle, **fields: Any) -> tuple[Overheard, dict[str, Any]]:
    """Asks an agent with that handler for a request, and waits for all it says."""

    async def answer(message: ReceivedMessage, context: HandlerContext) -> None:
        if message.kind == "request":
            await handle(message, context)  # type: ignore[misc]

    asker, answerer = await network.raw_peer(), await network.peer(answer)
    overheard = await overhear(network.client, asker.account_id)
    message = a_message(sender=asker.account_id, to=answerer.account_id, **{**ASKED, **fields})
    await network.client.publish(answerer.inbox, message, reply=overheard.replies_to)
    await settled(overheard, lambda fence: network.client.publish(answerer.inbox, fence), asker.account_id)
    return overheard, message


async def said(network: Network, handle: Handle, **fields: Any) -> list[str]:
    overheard, message = await ask(network, handle, **fields)
    return overheard.words(message)


async def test_given_a_handler_that_replies_and_returns_when_it_is_asked_then_its_reply_is_all_that_is_sent(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """receipt.with-reply"""
    made: list[str] = []
    make = Receipts.due

    def note(self: Receipts, message: ReceivedMessage, status: str, *rest: Any, **more: Any) -> Any:
        made.append(message.message_id)
        return make(self, message, status, *rest, **more)

    monkeypatch.setattr(Receipts, "due", note)
    overheard, message = await ask(network, echo)
    assert overheard.words(message) == ["reply processed"]
    (reply,) = overheard.frames(message)
    assert is_valid("SentMessage", reply.json)
    assert (reply.json["parent_message_id"], reply.json["payload"]) == (message["message_id"], message["payload"])
    # Not even in vain.
    assert message["message_id"] not in made


async def test_given_a_handler_that_takes_its_time_when_it_replies_and_returns_then_only_accepted_was_a_receipt(
    network: Network,
) -> None:
    """receipt.with-reply"""
    assert await said(network, echo_later) == ["accepted", "reply processed"]


async def test_given_a_handler_that_goes_on_after_its_reply_when_it_returns_then_processed_is_a_receipt(
    network: Network,
) -> None:
    """receipt.with-reply.true"""

    async def go_on(message: ReceivedMessage, context: HandlerContext) -> None:
        await context.reply("yes")
        await a_turn()

    assert await said(network, go_on) == ["accepted", "reply", "processed"]


async def test_given_a_handler_that_fails_after_its_reply_when_it_was_asked_then_the_failure_is_a_receipt(
    network: Network,
) -> None:
    """receipt.with-reply.true"""

    async def fail(message: ReceivedMessage, context: HandlerContext) -> None:
        await context.reply("yes")
        raise ValueError("too late")

    # The error reply comes in the next turn, before anything that is sent later.
    assert await said(network, fail) == ["accepted", "reply", "rejected", "error"]


async def test_given_a_handler_that_never_replies_when_it_returns_then_both_are_receipts(network: Network) -> None:
    """receipt.with-reply"""

    async def say_nothing(message: ReceivedMessage, context: HandlerContext) -> None:
        return None

    assert await said(network, say_nothing) == ["accepted", "processed"]


async def test_given_a_reply_after_the_handler_has_returned_when_it_leaves_then_it_says_nothing_of_that(
    network: Network,
) -> None:
    """receipt.with-reply.true"""
    late: list[asyncio.Task[None]] = []

    async def leave_to_others(message: ReceivedMessage, context: HandlerContext) -> None:
        late.append(asyncio.ensure_future(context.reply("yes")))

    assert await said(network, leave_to_others) == ["accepted", "processed", "reply"]


async def test_given_two_replies_when_the_handler_returns_then_the_last_one_says_it(network: Network) -> None:
    """receipt.with-reply"""

    async def reply_twice(message: ReceivedMessage, context: HandlerContext) -> None:
        await context.reply("one")
        await context.reply("two")

    assert await said(network, reply_twice) == ["reply", "reply processed"]


async def test_given_a_reply_that_fills_a_write_of_its_own_when_it_leaves_at_once_then_it_does_not_say_so(
    network: Network,
) -> None:
    """receipt.with-reply.true"""

    async def reply_at_length(message: ReceivedMessage, context: HandlerContext) -> None:
        await context.reply("x" * 100_000)

    assert await said(network, reply_at_length) == ["accepted", "reply", "processed"]


async def test_given_a_reply_that_fits_only_as_it_is_when_the_handler_returns_then_it_says_nothing(
    network: Network,
) -> None:
    """receipt.with-reply"""
    most = 1_500

    async def fill(message: ReceivedMessage, context: HandlerContext) -> None:
        if message.kind == "request":
            await context.reply("x" * message.payload)

    asker, answerer = await network.raw_peer(), await network.peer(fill, max_payload_bytes=most)
    overheard = await overhear(network.client, asker.account_id)

    def asking_for(length: int) -> dict[str, Any]:
        return a_message(sender=asker.account_id, to=answerer.account_id, payload=length, **ASKED)

    await network.client.publish(answerer.inbox, asking_for(0), reply=overheard.replies_to)
    room = most - len((await overheard.heard.next()).body)
    await network.client.publish(answerer.inbox, asking_for(room), reply=overheard.replies_to)
    assert len((await overheard.heard.next()).body) == most
    await network.client.publish(answerer.inbox, asking_for(room + 1), reply=overheard.replies_to)
    await settled(overheard, lambda fence: network.client.publish(answerer.inbox, fence), asker.account_id)
    words = [word_of(frame) for frame in overheard.heard.items][:5]
    assert words == ["reply processed", "reply processed", "accepted", "reply", "processed"]


async def test_given_a_streamed_answer_when_it_has_ended_then_the_reply_says_it_and_its_parts_do_not(
    network: Network,
) -> None:
    """receipt.with-reply.asked"""

    async def stream(message: ReceivedMessage, context: HandlerContext) -> None:
        await context.stream(["a", "b"])

    *parts, last = await said(network, stream)
    assert set(parts) <= {"accepted", "stream"} and "stream" in parts
    assert last == "reply processed"


@pytest.mark.parametrize("receipts", [None, "WITH_REPLY", ["with_reply"], {"with_reply": True}])
async def test_given_a_request_that_does_not_ask_for_it_when_it_is_answered_then_all_is_as_ever(
    network: Network, receipts: Any
) -> None:
    """receipt.with-reply.asked"""
    assert await said(network, echo, receipts=receipts) == ["accepted", "reply", "processed"]


async def test_given_a_sender_that_cannot_have_receipts_when_it_asks_then_the_reply_says_nothing(
    network: Network,
) -> None:
    """receipt.with-reply.asked"""
    answerer, replies = await network.peer(echo), subjects.reply_inbox("asker", unique_name("token"))
    heard = await network.client.subscribe(replies)
    for message in (a_message(**ASKED), without(a_message(sender=unique_name("acct"), **ASKED), "message_id")):
        await network.client.publish(answerer.inbox, message, reply=replies)
        assert "parent_status" not in (await heard.next()).json


async def test_given_a_request_that_has_expired_when_it_is_refused_then_the_error_reply_says_nothing(
    network: Network,
) -> None:
    """receipt.with-reply.asked"""
    overheard, message = await ask(network, echo, sent_at="2026-02-21T08:00:00Z", expires_at="2026-02-21T08:00:30Z")
    assert overheard.words(message) == ["rejected", "error"]


async def test_given_a_repetition_when_it_gets_the_same_answer_then_that_says_nothing_of_the_repetition(
    network: Network,
) -> None:
    """receipt.with-reply.asked"""
    let_go = asyncio.Event()

    async def wait_and_echo(message: ReceivedMessage, context: HandlerContext) -> None:
        await let_go.wait()
        await context.reply(message.payload)

    asker, answerer = await network.raw_peer(), await network.peer(wait_and_echo)
    overheard = await overhear(network.client, asker.account_id)
    first, during, after = (
        a_message(sender=asker.account_id, to=answerer.account_id, idempotency_key="once", **ASKED) for _ in range(3)
    )
    for message in (first, during):
        await network.client.publish(answerer.inbox, message, reply=overheard.replies_to)
    await asker.next_receipt(during, "rejected")
    let_go.set()
    await overheard.heard.next(lambda frame: frame.json.get("parent_message_id") == during["message_id"])
    await network.client.publish(answerer.inbox, after, reply=overheard.replies_to)
    await overheard.heard.next(lambda frame: frame.json.get("parent_message_id") == after["message_id"])
    told = {
        frame.json["parent_message_id"]: frame.json.get("parent_status")
        for frame in overheard.heard.items
        if frame.subject == overheard.replies_to
    }
    assert told == {first["message_id"]: "processed", during["message_id"]: None, after["message_id"]: None}


async def test_given_many_requests_of_one_read_when_they_are_answered_then_no_reply_has_a_receipt_leave(
    network: Network,
) -> None:
    """receipt.with-reply"""
    asker, answerer = await network.raw_peer(), await network.peer(echo, max_concurrency=32)
    overheard = await overhear(network.client, asker.account_id)
    for at in range(20):
        message = a_message(sender=asker.account_id, to=answerer.account_id, payload=at, **ASKED)
        await network.client.publish(answerer.inbox, message, reply=overheard.replies_to)
    await overheard.heard.reach(20)
    assert [frame.json.get("payload") for frame in overheard.heard.items] == list(range(20))
    assert {frame.json["parent_status"] for frame in overheard.heard.items} == {"processed"}


@pytest.mark.parametrize(
    ("handle", "words", "signed"),
    [
        (echo, ["reply processed"], ["reply"]),
        (echo_later, ["accepted", "reply processed"], ["receipt", "reply"]),
    ],
)
async def test_given_an_agent_that_signs_when_it_is_asked_then_it_signs_what_it_says_and_nothing_else(
    signed_network: Network,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    handle: Handle,
    words: list[str],
    signed: list[str],
) -> None:
    """receipt.with-reply, auth.v2.signed"""
    client = signed_network.client
    answerer = await signed_network.peer(handle, dev_auth=True, dev_auth_key_dir=str(tmp_path))
    asker = await detached_raw_peer(client)
    overheard = await overhear(client, asker.account_id)
    assert answerer.node._session and answerer.node._session.replier.sender.signer
    key = answerer.node._session.replier.sender.signer.pair.public_key
    purposes: list[str] = []
    sign = Signer.sign

    def note(self: Signer, purpose: Any, *rest: Any, **more: Any) -> str:
        purposes.append(purpose)
        return sign(self, purpose, *rest, **more)

    monkeypatch.setattr(Signer, "sign", note)
    message = asker.message(answerer.account_id, **ASKED)
    await asker.publish("message", answerer.inbox, message, reply=overheard.replies_to)
    await overheard.heard.next(lambda frame: frame.subject == overheard.replies_to)
    await client.flush()
    assert overheard.words(message) == words
    assert [purpose for purpose in purposes if purpose in ("reply", "receipt")] == signed
    assert all(is_sealed_by(key, frame) for frame in overheard.frames(message))


async def test_given_agents_that_sign_when_one_asks_another_then_the_reply_is_believed(
    signed_network: Network, tmp_path: Path
) -> None:
    """receipt.with-reply"""
    signs = {"dev_auth": True, "dev_auth_key_dir": str(tmp_path)}
    answerer, asker = await signed_network.peer(echo, **signs), await signed_network.peer(**signs)
    overheard = await overhear(signed_network.client, asker.account_id)
    for at in range(3):
        reply = await asker.node.request(to=answerer.account_id, payload=at, timeout=PATIENCE)
        assert reply.payload == at
    assert asker.node.metrics_snapshot()["forged_count"] == 0
    assert overheard.heard.items == []


async def test_given_a_connection_lost_before_the_reply_leaves_when_it_is_back_then_the_final_receipt_comes(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """receipt.final.reconnect"""
    port = urlsplit(network.nats_url).port
    assert port
    async with tcp_proxy(port) as proxy:
        url = network.nats_url.replace(str(port), str(proxy.port))
        node = AgentNode(unique_name("lost"), nats_url=url, on_error=lambda error: None)
        lost, back = asyncio.Event(), asyncio.Event()

        @node.on_message
        async def reply_into_the_void(message: ReceivedMessage, context: HandlerContext) -> None:
            await context.reply(message.payload)
            monkeypatch.setattr(NatsClient, "is_connected", False)
            asyncio.get_running_loop().call_later(0.001, lost.set)

        async with node:
            node.on("reconnected", lambda _: back.set())
            asker = await network.raw_peer()
            overheard = await overhear(network.client, asker.account_id)
            message = a_message(sender=asker.account_id, to=node.account_id, **ASKED)
            inbox = subjects.account_inbox(node.account_id)
            await network.client.publish(inbox, message, reply=overheard.replies_to)
            await asyncio.wait_for(lost.wait(), PATIENCE)
            monkeypatch.undo()
            proxy.drop()
            await asyncio.wait_for(back.wait(), PATIENCE)
            await asker.final_receipt(message)
        assert overheard.words(message) == ["processed"]
