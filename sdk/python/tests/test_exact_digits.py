"""JSON that is passed on as it was written."""

import asyncio
import json

import pytest
from agentnet import HandlerContext, ReceivedMessage
from agentnet_protocol import ProtocolError, RawJson, encode_json
from harness.message_builder import a_message, unique_name
from harness.network import Network
from harness.typescript_peer import typescript_program

EXACT = (
    '{"e":1e2,"whole":1.0,"big":1000000000000000000000000000000,"unsafe":9007199254740993,"long":0.1000, "a":"\\u00e9"}'
)
"""What Python or JavaScript would write in another way after reading it."""


async def say_exactly(message: ReceivedMessage, context: HandlerContext) -> None:
    await context.reply(RawJson(EXACT))


def test_given_raw_texts_among_values_when_encoded_then_each_stands_in_its_place_as_it_was() -> None:
    """message.numbers"""
    value = {"a": RawJson("1e2"), "b": [RawJson("[ 1.0 ]"), "raw-json:x", 1.5], "c": {"d": RawJson('"\\u00e9"')}}
    assert encode_json(value) == b'{"a":1e2,"b":[[ 1.0 ],"raw-json:x",1.5],"c":{"d":"\\u00e9"}}'
    assert encode_json(RawJson("1.0")) == b"1.0"
    with pytest.raises(ProtocolError):
        encode_json({"a": RawJson("1"), "b": object()})


async def test_given_a_request_that_is_repeated_when_answered_from_memory_then_the_payload_is_the_same_digit_for_digit(
    network: Network,
) -> None:
    """inbox.duplicate.reply"""
    pair = await network.pair(say_exactly)
    message = pair.message(kind="request")
    answers = [await pair.ask(message) for _ in range(3)]
    keyed = [await pair.ask(pair.message(kind="request", idempotency_key="digits")) for _ in range(2)]
    assert len(pair.peer.handled.items) == 2
    for frame in answers + keyed:
        assert f'"payload":{EXACT}' in frame.text


async def test_given_copies_that_came_while_the_first_one_ran_when_it_ends_then_they_get_the_same_digits(
    network: Network,
) -> None:
    """inbox.duplicate.reply"""
    gate = asyncio.Event()

    async def wait(message: ReceivedMessage, context: HandlerContext) -> None:
        await gate.wait()
        await say_exactly(message, context)

    pair = await network.pair(wait)
    message = pair.message(kind="request")
    asking = [asyncio.ensure_future(pair.ask(message)) for _ in range(3)]
    await pair.sender.next_receipt(message, "rejected")
    await pair.sender.next_receipt(message, "rejected")
    gate.set()
    for frame in await asyncio.gather(*asking):
        assert f'"payload":{EXACT}' in frame.text
    assert len(pair.peer.handled.items) == 1


async def test_given_a_reply_of_a_session_in_either_language_when_the_other_repeats_it_then_no_digit_is_lost(
    network: Network,
) -> None:
    """inbox.duplicate.shared"""
    name, client = unique_name("shared"), network.client
    ours = await network.peer(say_exactly, agent_id=name)
    account_id, inbox = ours.account_id, ours.inbox
    sender = await network.raw_peer()

    def asked(key: str, n: int) -> dict[str, object]:
        fields = {"kind": "request", "idempotency_key": key, "payload": {"do": "say", "text": EXACT, "n": n}}
        return a_message(sender=sender.account_id, to=account_id, **fields)

    by_python = await client.request(inbox, asked("py", 1))
    await ours.node.close()
    settings = {"natsUrl": network.nats_url, "agentId": name, "accountId": account_id}
    async with typescript_program("typescript-agent.mjs", json.dumps(settings)) as theirs:
        assert theirs.account_id == account_id
        again_by_typescript = await client.request(inbox, asked("py", 1))
        by_typescript = await client.request(inbox, asked("ts", 2))
    again = await network.peer(say_exactly, agent_id=name, account_id=account_id)
    again_by_python = await client.request(inbox, asked("ts", 2))
    for frame in (by_python, again_by_typescript, by_typescript, again_by_python):
        assert f'"payload":{EXACT}' in frame.text
    assert again.handled.items == []
