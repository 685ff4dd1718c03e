"""What an agent of this SDK relies on in a TypeScript one."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable
from dataclasses import asdict
from typing import Any

import pytest
from agentnet import AgentNetError, RemoteError, read_blob_ref
from agentnet.streams.stream_event import read_stream_event
from agentnet_protocol import check, subjects

from .peer_interactions import PEER, PUBLISHED, description_of
from .stage import POET, Stage, open_stage, sent_now
from .written_pact import WrittenPact, matching


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> WrittenPact:
    pact = WrittenPact("python-peer", "typescript-peer", tmp_path_factory.mktemp("pact"))
    schemas = [("SentMessage", PUBLISHED), ("SentReceipt", PEER["receipts"])]
    for schema, interactions in schemas:
        for interaction in interactions:
            message = pact.pact.upon_receiving(interaction["description"], "Async")
            message.add_external_reference("asyncapi", "message", schema)
            message.with_body(matching(interaction["content"], interaction["exact"]), "application/json")
    for interaction in PEER["replies"]:
        (
            pact.pact.upon_receiving(interaction["description"], "Sync")
            .add_external_reference("asyncapi", "request", "SentMessage")
            .add_external_reference("asyncapi", "reply", "SentMessage")
            .with_body(matching(interaction["request"], []), "application/json")
            .will_respond_with()
            .with_body(matching(interaction["reply"], interaction["exact"]), "application/json")
        )
    return pact


@pytest.fixture(scope="module")
def written_interactions(written: WrittenPact) -> dict[str, dict[str, Any]]:
    return written.write()


@pytest.fixture
async def stage(bare_nats_url: str) -> AsyncIterator[Stage]:
    async with open_stage(bare_nats_url) as stage:
        yield stage


@pytest.mark.parametrize("interaction", PUBLISHED, ids=description_of)
async def test_given_a_message_when_it_arrives_then_the_handler_gets_it_and_the_sender_its_receipts(
    interaction: dict[str, Any], written_interactions: dict[str, dict[str, Any]], stage: Stage
) -> None:
    example = written_interactions[interaction["description"]]["contents"]["content"]
    message = sent_now(example, message_id=uuid.uuid4().hex)
    await stage.publish(message)
    assert check("SentReceipt", await stage.next_receipt(message, "processed")) == []
    handled = await stage.handled.next()
    assert {name: value for name, value in asdict(handled).items() if name in message} == message
    assert meaning_of(handled.payload) == meaning_of(interaction["content"]["payload"])


@pytest.mark.parametrize("interaction", PEER["receipts"], ids=description_of)
async def test_given_a_receipt_when_it_arrives_then_the_sender_knows(
    interaction: dict[str, Any], written_interactions: dict[str, dict[str, Any]], stage: Stage
) -> None:
    example = written_interactions[interaction["description"]]["contents"]["content"]
    status, code = interaction["status"], interaction.get("code")
    sending = asyncio.ensure_future(
        stage.node.send(
            to=f"account:{POET}",
            payload={"text": "hello"},
            retry_attempts=0,
            until="processed" if status == "processed" else "accepted",
        )
    )
    sent = (await stage.next_sent("direct")).json
    assert check("SentMessage", sent) == []
    # The receipt goes the other way than the example's.
    parties = {"from_account_id": POET, "to_account_id": stage.node.account_id}
    about = {name: sent[name] for name in ("message_id", "trace_id", "thread_id")}
    await stage.raw.publish(subjects.account_receipts(stage.node.account_id), {**example, **about, **parties})
    is_taken = status != "rejected" or code == "duplicate"
    assert await outcome_of(sending) == ({"receipt": status} if is_taken else {"refused": code})


@pytest.mark.parametrize("interaction", PEER["replies"], ids=description_of)
async def test_given_a_reply_when_it_arrives_then_the_requester_gets_it(
    interaction: dict[str, Any], written_interactions: dict[str, dict[str, Any]], stage: Stage
) -> None:
    example = written_interactions[interaction["description"]]["response"][0]["contents"]["content"]
    request = interaction["request"]["payload"]
    asking = asyncio.ensure_future(stage.node.request(to=f"account:{POET}", payload=request, timeout=10))
    asked = await stage.next_sent("request")
    assert check("SentMessage", asked.json) == []
    assert asked.json["payload"] == request
    about = {name: asked.json[name] for name in ("trace_id", "thread_id")}
    reply = sent_now(example, parent_message_id=asked.json["message_id"], **about)
    await stage.raw.publish(asked.reply, reply)
    refused = interaction.get("refused")
    assert await outcome_of(asking) == ({"refused": refused} if refused else {"payload": example["payload"]})


def test_given_all_interactions_when_they_have_been_written_then_the_pact_is_the_committed_one(
    written: WrittenPact, written_interactions: dict[str, dict[str, Any]]
) -> None:
    assert len(written_interactions) == sum(len(interactions) for interactions in PEER.values())
    now, committed = written.settle()
    assert now == committed


def meaning_of(payload: Any) -> Any:
    """What the SDK reads in a payload that follows a convention."""
    return read_stream_event(payload), read_blob_ref(payload)


async def outcome_of(call: Awaitable[Any]) -> dict[str, Any]:
    """What the caller of the SDK is told."""
    try:
        told = await call
    except RemoteError as error:
        return {"refused": error.remote_code or error.code}
    except AgentNetError as error:
        return {"refused": error.code}
    receipt = getattr(told, "receipt", None)
    return {"receipt": receipt["status"]} if receipt else {"payload": told.payload}
