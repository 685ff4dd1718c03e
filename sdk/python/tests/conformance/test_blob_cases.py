"""Conformance cases of group Blobs, with the Python peer as system under test."""

import hashlib
import inspect
import json
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from agentnet import AgentNetError, AgentSDK, BlobReference, NetworkBlobs, read_blob_ref
from agentnet_protocol import check, jetstream, operations, subjects
from harness.message_builder import a_message, unique_name
from harness.network import Network

TEXT = "Grüße, this is what the blob holds"
CONTENT = TEXT.encode()
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HOSTILE_IDS = ["../x", "/etc/hostname", "a/b", "..", "a\\b"]

Store: TypeAlias = AgentSDK | NetworkBlobs


class Stores:
    """Ann's and Bob's, on two machines: other folders, other connections."""

    def __init__(self, network: Network, folder: Path, stack: AsyncExitStack) -> None:
        self.root = folder / "ann"
        self._folder = folder
        self._network = network
        self._stack = stack

    async def open(self, storage: str, owner: str) -> Store:
        if storage == "local_fs":
            return AgentSDK(owner, blob_root=str(self._folder / owner))
        return await self._stack.enter_async_context(NetworkBlobs(self._network.nats_url))


@pytest.fixture
async def stores(network: Network, tmp_path: Path) -> AsyncIterator[Stores]:
    async with AsyncExitStack() as stack:
        yield Stores(network, tmp_path, stack)


async def done(result: Any) -> Any:
    """Calls of the file store are synchronous, those of the network's store are not."""
    return await result if inspect.isawaitable(result) else result


async def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(AgentNetError) as failure:
        await done(call())
    return failure.value.code


async def recorded(network: Network, thread_id: str) -> list[Any]:
    asked = {"thread_id": thread_id}
    reply = await network.client.request(operations["thread_messages"].subject, asked)
    return [row["payload"] for row in reply.json["messages"]]


async def recorded_within_reach(network: Network, thread_id: str) -> list[Any]:
    """What history has of a thread, once it has anything."""
    for _ in range(2_000):
        if found := await recorded(network, thread_id):
            return found
    raise AssertionError("waited in vain")


@pytest.mark.parametrize("storage", ["local_fs", "nats_object"])
async def test_given_a_blob_when_its_reference_is_sent_then_the_other_agent_and_history_get_the_reference_only(
    network: Network, stores: Stores, storage: str
) -> None:
    """B-01: blob.reference, blob.bytes"""
    bob, thread_id = await network.peer(), unique_name("thread")
    ann = await stores.open(storage, "ann")
    reference = await done(ann.put_blob_bytes(CONTENT, filename="a.txt", mime_type="text/plain"))
    async with AgentSDK(unique_name("ann"), nats_url=network.nats_url) as sender:
        await sender.send_blob_ref(bob.account_id, reference, thread_id=thread_id)
    received = (await bob.handled.next()).payload
    assert re.fullmatch("blob_[0-9a-z]{26}", received["blob_id"])
    assert received == {
        "type": "blob_ref",
        "blob_id": received["blob_id"],
        "storage": storage,
        "mime_type": "text/plain",
        "size_bytes": len(CONTENT),
        "filename": "a.txt",
        "sha256": SHA256,
        "created_at": reference.created_at,
    }
    assert check("BlobRef", received) == []
    reader = ann if storage == "local_fs" else await stores.open(storage, "bob")
    assert await done(reader.get_blob_text(received)) == TEXT
    assert await recorded_within_reach(network, thread_id) == [received]


async def test_given_a_blob_that_looks_like_a_message_when_it_travels_then_history_does_not_record_it(
    network: Network, stores: Stores
) -> None:
    """B-01: blob.network, blob.bytes"""
    ann, bob = await stores.open("nats_object", "ann"), await stores.open("nats_object", "bob")
    hidden, marker = a_message(), a_message(payload="marker")
    reference = await done(ann.put_blob_bytes(json.dumps(hidden).encode()))
    assert json.loads(await done(bob.get_blob_text(reference))) == hidden
    await network.client.publish(subjects.plain_inbox("marker"), marker)
    assert await recorded_within_reach(network, marker["thread_id"]) == ["marker"]
    assert await recorded(network, hidden["thread_id"]) == []


async def test_given_a_bare_reference_in_capitals_when_received_then_it_is_read_with_the_defaults(
    network: Network,
) -> None:
    """B-02: blob.read, stream.read.type"""
    pair = await network.pair()
    await pair.settle(pair.message(payload={"type": " BLOB_REF ", "blob_id": "b1"}))
    received = (await pair.peer.handled.next()).payload
    assert read_blob_ref(received) == BlobReference(
        blob_id="b1", storage="local_fs", mime_type="application/octet-stream"
    )


async def test_given_a_put_and_a_store_of_the_first_version_when_looked_at_then_both_have_the_same_layout(
    stores: Stores,
) -> None:
    """B-03: blob.layout"""
    ann = await stores.open("local_fs", "ann")
    reference = await done(ann.put_blob_bytes(CONTENT, metadata={"b": 1, "a": {"d": 1, "c": 2}}))
    record = (stores.root / "meta" / f"{reference.blob_id}.json").read_text("utf-8")
    assert (stores.root / "data" / reference.blob_id).read_bytes() == CONTENT
    assert record == json.dumps(reference.to_payload(), indent=2, sort_keys=True)
    older = {"type": "blob_ref", "blob_id": "blob_of_python", "storage": "local_fs", "mime_type": "text/plain"}
    older |= {"filename": "ä.txt", "sha256": SHA256, "size_bytes": len(CONTENT)}
    (stores.root / "data" / "blob_of_python").write_bytes(CONTENT)
    (stores.root / "meta" / "blob_of_python.json").write_text(json.dumps(older, indent=2, sort_keys=True), "utf-8")
    assert await done(ann.get_blob_text("blob_of_python")) == TEXT
    assert (await done(ann.head_blob("blob_of_python"))).to_payload() == older


@pytest.mark.parametrize("storage", ["local_fs", "nats_object"])
async def test_given_ids_that_lead_out_of_the_store_when_received_and_used_then_they_are_refused_and_no_file_is_touched(
    network: Network, stores: Stores, storage: str
) -> None:
    """B-04: blob.id"""
    pair, ann = await network.pair(), await stores.open(storage, "ann")
    stores.root.mkdir()
    (stores.root / "x").write_text("secret")
    for blob_id in HOSTILE_IDS:
        await pair.settle(pair.message(payload={"type": "blob_ref", "blob_id": blob_id, "storage": storage}))
        received = (await pair.peer.handled.next()).payload
        assert await code_of(lambda received=received: read_blob_ref(received)) == "blob_id_invalid"
    for blob_id in [*HOSTILE_IDS, ""]:
        for call in (
            lambda blob_id=blob_id: ann.get_blob_bytes(blob_id),
            lambda blob_id=blob_id: ann.head_blob(blob_id),
            lambda blob_id=blob_id: ann.get_blob_file(blob_id, stores.root / "target"),
            lambda blob_id=blob_id: ann.put_blob_bytes(CONTENT, blob_id=blob_id),
        ):
            assert await code_of(call) == "blob_id_invalid"
    assert [path.name for path in stores.root.iterdir()] == ["x"]


async def test_given_a_flipped_byte_on_disk_when_the_blob_is_read_then_it_fails_and_no_target_appears(
    stores: Stores,
) -> None:
    """B-05: blob.integrity, blob.atomic"""
    ann = await stores.open("local_fs", "ann")
    reference = await done(ann.put_blob_bytes(CONTENT))
    data = stores.root / "data" / reference.blob_id
    data.write_bytes(bytes([CONTENT[0] ^ 1]) + CONTENT[1:])
    assert await code_of(lambda: ann.get_blob_bytes(reference)) == "blob_corrupt"
    assert await code_of(lambda: ann.get_blob_bytes(reference.blob_id)) == "blob_corrupt"
    assert await code_of(lambda: ann.get_blob_file(reference, stores.root / "target")) == "blob_corrupt"
    assert sorted(path.name for path in stores.root.iterdir()) == ["data", "meta"]


async def test_given_a_flipped_byte_in_the_network_store_when_the_blob_is_read_then_it_fails_and_no_target_appears(
    network: Network, stores: Stores, tmp_path: Path
) -> None:
    """B-05: blob.integrity, blob.atomic"""
    ann = await stores.open("nats_object", "ann")
    records = await network.client.subscribe(f"$O.{jetstream.BLOBS_BUCKET}.M.>")
    reference = await done(ann.put_blob_bytes(CONTENT))
    record = await records.next(lambda frame: bool(frame.json["name"] == reference.blob_id))
    chunk = f"$O.{jetstream.BLOBS_BUCKET}.C.{record.json['nuid']}"
    purge = f"$JS.API.STREAM.PURGE.OBJ_{jetstream.BLOBS_BUCKET}"
    await network.client.request(purge, {"filter": chunk})
    await network.client.request(chunk, bytes([CONTENT[0] ^ 1]) + CONTENT[1:])
    assert await code_of(lambda: ann.get_blob_bytes(reference)) == "blob_corrupt"
    assert await code_of(lambda: ann.get_blob_file(reference, tmp_path / "target")) == "blob_corrupt"
    await network.client.request(purge, {"filter": chunk})
    assert await code_of(lambda: ann.get_blob_bytes(reference)) == "blob_corrupt"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("storage", ["local_fs", "nats_object"])
async def test_given_a_stored_blob_when_other_bytes_are_put_under_its_id_then_they_are_refused_and_it_stays(
    stores: Stores, storage: str
) -> None:
    """B-05: blob.atomic"""
    ann = await stores.open(storage, "ann")
    reference = await done(ann.put_blob_bytes(CONTENT))
    assert await done(ann.put_blob_bytes(CONTENT, blob_id=reference.blob_id)) == reference
    assert await code_of(lambda: ann.put_blob_bytes(CONTENT[1:], blob_id=reference.blob_id)) == "blob_exists"
    assert await done(ann.get_blob_text(reference)) == TEXT
