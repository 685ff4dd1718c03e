"""TypeScript and Python agents on one network, in both directions."""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agentnet import (
    AgentNetError,
    AgentSDK,
    HandlerContext,
    NetworkBlobs,
    ReceivedMessage,
    ReceivedStream,
    StreamBounds,
    read_blob_ref,
    stream_handler,
)
from agentnet_protocol import subjects
from harness.message_builder import unique_name
from harness.network import Network, PeerUnderTest
from harness.raw_client import Noted
from harness.stream_frames import acknowledging_peer
from harness.typescript_peer import TypeScriptPeer, typescript_peer

PIECES = ["Once ", "upon ", "a ", "time 🐉"]
STORY = "".join(PIECES)
ANY_JSON = {"text": "grüße 🐉", "n": 1.5, "list": [1, None, True], "deep": {"a": {"b": ""}}}
LARGE = 20 * 1024 * 1024


@pytest.fixture
async def theirs(nats_url: str, tmp_path: Path) -> AsyncIterator[TypeScriptPeer]:
    async with typescript_peer(nats_url, unique_name("typescript"), tmp_path / "blobs") as peer:
        yield peer


@pytest.fixture
async def sdk(nats_url: str, tmp_path: Path) -> AsyncIterator[AgentSDK]:
    async with AgentSDK(unique_name("python"), nats_url=nats_url, blob_root=str(tmp_path / "blobs")) as opened:
        yield opened


async def answer(message: ReceivedMessage, context: HandlerContext) -> None:
    payload = message.payload
    wish = payload.get("do") if isinstance(payload, dict) else None
    if wish == "fail":
        raise ValueError("a secret of the handler")
    if wish == "stream":
        await context.stream(payload["pieces"])
    elif wish == "break":
        await context.stream(broken(payload["pieces"]))
    elif message.reply_to:
        await context.reply(payload)


async def broken(pieces: list[str]) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece
    raise RuntimeError("a secret of the source")


async def stream_reader(network: Network) -> tuple[PeerUnderTest, Noted[ReceivedStream]]:
    streams: Noted[ReceivedStream] = Noted()
    handle = stream_handler(streams.note, bounds=StreamBounds(gap_wait_seconds=0.1))
    return await network.peer(handle), streams


async def failure_of(stream: ReceivedStream) -> AgentNetError:
    with pytest.raises(AgentNetError) as failure:
        await stream.text
    return failure.value


async def test_given_either_language_when_it_asks_the_other_then_it_gets_the_answer_or_the_handlers_failure(
    network: Network, sdk: AgentSDK, theirs: TypeScriptPeer
) -> None:
    ours = await network.peer(answer)
    assert (await sdk.ask_json(theirs.account_id, ANY_JSON)).payload == ANY_JSON
    assert await theirs.call("ask", to=ours.account_id, payload=ANY_JSON) == ANY_JSON
    with pytest.raises(AgentNetError) as ours_failed:
        await sdk.ask_json(theirs.account_id, {"do": "fail"})
    theirs_failed = await theirs.failure_of("ask", to=ours.account_id, payload={"do": "fail"})
    assert ours_failed.value.code == theirs_failed["code"] == "handler_error"
    assert "secret" not in f"{ours_failed.value} {theirs_failed}"


async def test_given_either_language_when_it_sends_to_the_other_then_the_receipts_say_what_became_of_it(
    network: Network, sdk: AgentSDK, theirs: TypeScriptPeer
) -> None:
    ours = await network.peer(answer)
    for until, status in (("accepted", "accepted"), ("processed", "processed")):
        delivery = await sdk.send_json(theirs.account_id, ANY_JSON, until=until)
        receipt = await theirs.call("send", to=ours.account_id, payload=ANY_JSON, until=until)
        assert delivery.receipt
        assert (delivery.receipt["status"], receipt["status"]) == (status, status)
        assert (await theirs.told.next())["message"] == (await ours.handled.next()).payload == ANY_JSON
    with pytest.raises(AgentNetError) as refusal:
        await sdk.send_json(theirs.account_id, {"do": "fail"}, until="processed")
    failure = await theirs.failure_of("send", to=ours.account_id, payload={"do": "fail"}, until="processed")
    assert (refusal.value.code, getattr(refusal.value, "remote_code", None)) == ("delivery_rejected", "handler_error")
    assert (failure["code"], failure["remoteCode"]) == ("delivery_rejected", "handler_error")


async def test_given_a_typescript_agent_when_asked_for_a_stream_then_pieces_text_and_failure_come(
    sdk: AgentSDK, theirs: TypeScriptPeer
) -> None:
    stream = sdk.ask_stream(theirs.account_id, {"do": "stream", "pieces": PIECES})
    pieces = [piece async for piece in stream]
    assert "".join(pieces) == await stream.text == STORY
    with pytest.raises(AgentNetError) as failure:
        await sdk.ask_stream(theirs.account_id, {"do": "break", "pieces": PIECES}).text
    assert failure.value.code == "stream_failed"
    assert "secret" not in str(failure.value)
    async with sdk.ask_stream(theirs.account_id, {"do": "stream", "pieces": PIECES}) as left:
        pass
    with pytest.raises(AgentNetError) as cancelled:
        await left.text
    assert cancelled.value.code == "cancelled"


async def test_given_a_python_agent_when_typescript_asks_for_a_stream_then_pieces_text_and_failure_come(
    network: Network, theirs: TypeScriptPeer
) -> None:
    ours = await network.peer(answer)
    answered = await theirs.call("askStream", to=ours.account_id, payload={"do": "stream", "pieces": PIECES})
    assert "".join(answered["pieces"]) == answered["text"] == STORY
    failure = await theirs.failure_of("askStream", to=ours.account_id, payload={"do": "break", "pieces": PIECES})
    assert failure["code"] == "stream_failed"
    assert "secret" not in failure["detail"]


async def test_given_a_python_agent_that_goes_on_when_typescript_leaves_its_stream_then_the_answer_was_cancelled(
    network: Network, theirs: TypeScriptPeer
) -> None:
    is_left = asyncio.Event()

    async def unfinished() -> AsyncIterator[str]:
        yield "so far"
        await is_left.wait()

    async def stream(message: ReceivedMessage, context: HandlerContext) -> None:
        await context.stream(unfinished())

    ours = await network.peer(stream)
    left = await theirs.failure_of("askStream", to=ours.account_id, payload="a story", leaveAfter=1)
    is_left.set()
    assert left["code"] == "cancelled"


async def test_given_a_text_when_streamed_unasked_in_either_direction_then_it_arrives_whole_and_in_order(
    network: Network, sdk: AgentSDK, theirs: TypeScriptPeer
) -> None:
    ours, streams = await stream_reader(network)
    words = [f"{number} " for number in range(2_000)]
    sent = await sdk.stream_text(theirs.account_id, words)
    heard = await theirs.told.next(lambda said: "stream" in said)
    assert (heard["stream"], heard["text"], "".join(heard["pieces"])) == (sent.stream_id, "".join(words), heard["text"])
    told = await theirs.call("streamText", to=ours.account_id, pieces=words)
    stream = await streams.next()
    assert (stream.stream_id, "".join([piece async for piece in stream])) == (told["streamId"], "".join(words))


async def test_given_a_sender_that_cancels_when_it_streams_in_either_direction_then_the_other_hears_so(
    network: Network, sdk: AgentSDK, theirs: TypeScriptPeer
) -> None:
    ours, streams = await stream_reader(network)

    async def stuck() -> AsyncIterator[str]:
        yield "so far"
        await asyncio.Event().wait()

    sending = asyncio.ensure_future(sdk.stream_text(theirs.account_id, stuck()))
    await theirs.told.next(lambda said: said == {"piece": "so far"})
    sending.cancel()
    heard = await theirs.told.next(lambda said: "stream" in said)
    assert (heard["code"], "cancelled" in heard["detail"]) == ("stream_failed", True)
    await asyncio.wait([sending])

    failed = await theirs.failure_of("cancelStream", to=ours.account_id, pieces=["so far"])
    failure = await failure_of(await streams.next())
    assert (failed["code"], failure.code) == ("cancelled", "stream_failed")
    assert "cancelled" in str(failure)


async def test_given_frames_of_python_less_one_delta_when_typescript_gets_them_then_it_is_a_gap_unless_the_end_has_it(
    network: Network, sdk: AgentSDK, theirs: TypeScriptPeer
) -> None:
    frames = await _recorded_stream(network, lambda to: sdk.stream_text(to, LONG_PIECES))
    await _replay(network, _without_second_delta(frames), theirs.account_id)
    assert (await theirs.told.next(lambda said: "stream" in said))["text"] == "".join(LONG_PIECES)
    await _replay(network, _without_final_text(_without_second_delta(frames)), theirs.account_id)
    assert (await theirs.told.next(lambda said: "stream" in said))["code"] == "stream_gap"


async def test_given_frames_of_typescript_less_one_delta_when_python_gets_them_then_it_is_a_gap_unless_the_end_has_it(
    network: Network, theirs: TypeScriptPeer
) -> None:
    ours, streams = await stream_reader(network)
    frames = await _recorded_stream(network, lambda to: theirs.call("streamText", to=to, pieces=LONG_PIECES))
    await _replay(network, _without_second_delta(frames), ours.account_id)
    assert await (await streams.next()).text == "".join(LONG_PIECES)
    await _replay(network, _without_final_text(_without_second_delta(frames)), ours.account_id)
    assert (await failure_of(await streams.next())).code == "stream_gap"


@pytest.mark.parametrize("size", [0, 5, LARGE])
async def test_given_a_file_in_the_networks_store_when_either_language_put_it_then_the_other_gets_it(
    nats_url: str, sdk: AgentSDK, theirs: TypeScriptPeer, tmp_path: Path, size: int
) -> None:
    content = random.Random(size).randbytes(size)  # noqa: S311 - no secret
    source, copy, back = tmp_path / "source.bin", tmp_path / "copy.bin", tmp_path / "back.bin"
    source.write_bytes(content)
    async with NetworkBlobs(nats_url) as blobs:
        ours = await blobs.put_blob_file(source, metadata={"a": ["ü", 1]})
        await sdk.send_blob_ref(theirs.account_id, ours)
        received = (await theirs.told.next(lambda said: "message" in said))["message"]
        got = await theirs.call("getBlobFile", blob=received, path=str(copy))
        put = await theirs.call("putBlobFile", path=str(copy), options={"storage": "nats_object"})
        told = await blobs.get_blob_file(put, back)
    assert read_blob_ref(got) == ours
    assert (told.sha256, told.size_bytes) == (ours.sha256, size) == (hashlib.sha256(content).hexdigest(), size)
    assert copy.read_bytes() == back.read_bytes() == content


@pytest.mark.parametrize("size", [5, LARGE])
async def test_given_one_folder_when_either_language_put_a_file_then_the_other_gets_it(
    sdk: AgentSDK, theirs: TypeScriptPeer, tmp_path: Path, size: int
) -> None:
    content = random.Random(size).randbytes(size)  # noqa: S311 - no secret
    source, copy, back = tmp_path / "source.bin", tmp_path / "copy.bin", tmp_path / "back.bin"
    source.write_bytes(content)
    ours = sdk.put_blob_file(source, filename="ours.bin", metadata={"b": 1, "a": [2.5, "ü"]})
    assert read_blob_ref(await theirs.call("headBlob", blob=ours.blob_id)) == ours
    await theirs.call("getBlobFile", blob=ours.to_payload(), path=str(copy))
    put = await theirs.call("putBlobFile", path=str(copy), options={"filename": "theirs.bin", "metadata": {"z": "ü"}})
    assert sdk.get_blob_file(put, back) == sdk.head_blob(put["blob_id"]) == read_blob_ref(put)
    assert copy.read_bytes() == back.read_bytes() == content
    records = tmp_path / "blobs" / "meta"
    written = [(records / f"{blob_id}.json").read_text("utf-8") for blob_id in (ours.blob_id, put["blob_id"])]
    assert [json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) for text in written] == written


LONG_PIECES = [letter * 40_000 for letter in "abc"]
"""Each more than one delta."""


async def _recorded_stream(network: Network, stream: Any) -> list[dict[str, Any]]:
    """The messages of a stream as its sender published them."""
    receiver = await acknowledging_peer(network)
    await stream(receiver.account_id)
    return [frame.json for frame in receiver.inbox.items]


def _without_second_delta(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    deltas = [message for message in messages if message["payload"]["type"] == "stream_delta"]
    assert len(deltas) > 2
    return [message for message in messages if message is not deltas[1]]


def _without_final_text(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    end = {name: value for name, value in messages[-1]["payload"].items() if name != "text"}
    return [*messages[:-1], {**messages[-1], "payload": end}]


async def _replay(network: Network, messages: list[dict[str, Any]], account_id: str) -> None:
    thread_id = unique_name("thread")
    for message in messages:
        addressed = {"message_id": unique_name(), "to_account_id": account_id, "thread_id": thread_id}
        await network.client.publish(subjects.account_inbox(account_id), message | addressed)
