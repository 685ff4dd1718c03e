"""Blobs in a folder that both SDKs share, and references to them."""

import asyncio
import json
from pathlib import Path

import pytest
from agentnet import AgentNetError, AgentNode, AgentSDK, BlobReference, NetworkBlobs, ReceivedMessage, read_blob_ref
from node_program import start_node


@pytest.fixture
def sdk(tmp_path: Path) -> AgentSDK:
    """Blobs need no network."""
    return AgentSDK("blob_keeper", blob_root=str(tmp_path / "blobs"))


async def test_given_bytes_and_a_file_when_stored_then_they_read_back_as_they_were(
    sdk: AgentSDK, tmp_path: Path
) -> None:
    chart = tmp_path / "chart.png"
    chart.write_bytes(b"\x89PNG" * 100_000)
    blob = sdk.put_blob_file(chart, mime_type="image/png", metadata={"page": 1})
    assert (blob.filename, blob.size_bytes, blob.storage) == ("chart.png", 400_000, "local_fs")
    assert sdk.get_blob_bytes(blob) == sdk.get_blob_bytes(blob.blob_id) == chart.read_bytes()
    assert sdk.head_blob(blob.to_payload()) == blob
    assert sdk.get_blob_file(blob, tmp_path / "copy.png") == blob
    assert (tmp_path / "copy.png").read_bytes() == chart.read_bytes()
    text = sdk.put_blob_bytes("grüße".encode(), filename="../notes/hello?.txt")
    assert (text.filename, sdk.get_blob_text(text)) == (".._notes_hello_.txt", "grüße")


async def test_given_a_blob_when_its_id_is_used_again_then_only_the_same_bytes_are_taken(sdk: AgentSDK) -> None:
    first = sdk.put_blob_bytes(b"one", blob_id="mine")
    assert sdk.put_blob_bytes(b"one", blob_id="mine") == first
    assert code_of(lambda: sdk.put_blob_bytes(b"two", blob_id="mine")) == "blob_exists"


@pytest.mark.parametrize("blob_id", ["../x", "/etc/passwd", "", "a" * 129, "a.b"])
def test_given_a_hostile_id_when_used_then_no_file_is_touched(sdk: AgentSDK, tmp_path: Path, blob_id: str) -> None:
    assert code_of(lambda: sdk.put_blob_bytes(b"x", blob_id=blob_id)) == "blob_id_invalid"
    assert code_of(lambda: sdk.get_blob_bytes(blob_id)) == "blob_id_invalid"
    assert list(tmp_path.iterdir()) == []


def test_given_bytes_that_changed_when_read_then_they_are_never_returned(sdk: AgentSDK, tmp_path: Path) -> None:
    blob = sdk.put_blob_bytes(b"true")
    data = tmp_path / "blobs" / "data" / blob.blob_id
    data.write_bytes(b"fake")
    assert code_of(lambda: sdk.get_blob_bytes(blob)) == "blob_corrupt"
    target = tmp_path / "target"
    assert code_of(lambda: sdk.get_blob_file(blob, target)) == "blob_corrupt"
    data.unlink()
    data.symlink_to("/etc/hostname")
    assert code_of(lambda: sdk.get_blob_bytes(blob.blob_id)) == "blob_corrupt"
    assert not target.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["blobs"]


async def test_given_what_cannot_be_read_when_asked_for_then_the_code_says_why(sdk: AgentSDK, tmp_path: Path) -> None:
    blob = sdk.put_blob_bytes(b"\xff")
    elsewhere = {**blob.to_payload(), "storage": "nats_object"}
    assert code_of(lambda: sdk.get_blob_bytes("blob_none")) == "blob_not_found"
    assert code_of(lambda: sdk.get_blob_text(blob)) == "blob_not_text"
    assert code_of(lambda: sdk.get_blob_bytes(blob, max_bytes=0)) == "blob_too_large"
    assert code_of(lambda: sdk.get_blob_bytes(elsewhere)) == "blob_storage_unknown"
    assert code_of(lambda: sdk.head_blob({"type": "text"})) == "blob_ref_invalid"
    assert code_of(lambda: sdk.put_blob_file(tmp_path / "none")) == "invalid_option"
    assert code_of(lambda: sdk.put_blob_bytes(b"", mimetype="x")) == "invalid_option"
    assert code_of(lambda: sdk.put_blob_bytes(b"", metadata={"x": float("nan")})) == "invalid_option"


async def test_given_a_folder_of_both_sdks_when_one_writes_then_the_other_reads(sdk: AgentSDK, tmp_path: Path) -> None:
    ours = sdk.put_blob_bytes(b"from python", filename="ours.txt", metadata={"b": 1, "a": [2.5, "ü"]})
    script = f"""
        import {{ Blobs }} from '@agentnet/sdk';
        const blobs = new Blobs({{ root: {json.dumps(str(tmp_path / "blobs"))} }});
        const text = await blobs.getBlobText({json.dumps(ours.to_payload())});
        const options = {{ filename: 'theirs.txt', metadata: {{ z: 1, a: 'ü' }} }};
        const theirs = await blobs.putBlobBytes(new TextEncoder().encode(text + ' and node'), options);
        console.log(JSON.stringify({{ head: await blobs.headBlob({json.dumps(ours.blob_id)}), theirs }}));
    """
    told = json.loads(await run_node(script))
    theirs = read_blob_ref(told["theirs"])
    assert read_blob_ref(told["head"]) == ours
    assert theirs == sdk.head_blob(told["theirs"])
    assert sdk.get_blob_text(told["theirs"]) == "from python and node"


async def test_given_a_reference_when_sent_then_the_receiver_reads_the_blob(nats_url: str, tmp_path: Path) -> None:
    got: asyncio.Queue[ReceivedMessage] = asyncio.Queue()
    vision = AgentNode("vision_agent", nats_url=nats_url)
    vision.on_message(got.put)
    async with vision, AgentSDK("painter", nats_url=nats_url, blob_root=str(tmp_path)) as painter:
        blob = painter.put_blob_bytes(b"pixels", filename="chart.png")
        await painter.send_blob_ref("@vision_agent", blob, thread_id="py_blobs")
        message = await got.get()
        assert (message.thread_id, read_blob_ref(message.payload)) == ("py_blobs", blob)
        assert painter.get_blob_bytes(message.payload) == b"pixels"
        with pytest.raises(AgentNetError):
            await painter.send_blob_ref("@vision_agent", {"type": "text"})


async def test_given_the_network_store_of_both_sdks_when_one_writes_then_the_other_reads(nats_url: str) -> None:
    async with NetworkBlobs(nats_url) as blobs:
        ours = await blobs.put_blob_bytes(b"p" * 300_000, filename="ours.txt", metadata={"a": "ü"})
        script = f"""
            import {{ Blobs }} from '@agentnet/sdk';
            const blobs = new Blobs({{ natsUrl: {json.dumps(nats_url)}, storage: 'nats_object' }});
            const text = await blobs.getBlobText({json.dumps(ours.to_payload())});
            const options = {{ filename: 'theirs.txt', metadata: {{ z: 'ü' }} }};
            const theirs = await blobs.putBlobBytes(new TextEncoder().encode(text + '!'), options);
            console.log(JSON.stringify({{ head: await blobs.headBlob({json.dumps(ours.blob_id)}), theirs }}));
            await blobs.close();
        """
        told = json.loads(await run_node(script))
        assert read_blob_ref(told["head"]) == ours == await blobs.head_blob(ours)
        assert await blobs.get_blob_text(told["theirs"]) == "p" * 300_000 + "!"
        assert await blobs.put_blob_bytes(b"p" * 300_000, blob_id=ours.blob_id) == ours
        with pytest.raises(AgentNetError) as refusal:
            await blobs.put_blob_bytes(b"other", blob_id=ours.blob_id)
        with pytest.raises(AgentNetError) as missing:
            await blobs.get_blob_bytes("blob_none")
    assert (refusal.value.code, missing.value.code) == ("blob_exists", "blob_not_found")


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        ({"type": " BLOB_REF ", "blob_id": "b", "filename": None}, BlobReference(blob_id="b")),
        ({"type": "blob_ref", "blob_id": ""}, None),
        ({"type": "blob", "blob_id": "b"}, None),
        ("blob_ref", None),
    ],
)
async def test_given_a_payload_when_read_then_it_is_a_reference_or_none(
    payload: object, read: BlobReference | None
) -> None:
    assert read_blob_ref(payload) == read


def code_of(call: object) -> str:
    assert callable(call)
    with pytest.raises(AgentNetError) as failure:
        call()
    return failure.value.code


async def run_node(script: str) -> bytes:
    process = await start_node(script)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output
