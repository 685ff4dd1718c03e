"""Large files on their way to the network's store and back."""

import asyncio
import hashlib
import os
import random
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agentnet import AgentNetError, AgentSDK, BlobProgress, NetworkBlobs
from agentnet_protocol import jetstream, limits
from harness.raw_client import RawClient, raw_client

MEGABYTE = 1024 * 1024
LARGE = 20 * MEGABYTE
CHUNKS = f"$O.{jetstream.BLOBS_BUCKET}.C.>"


@pytest.fixture
async def blobs(nats_url: str) -> AsyncIterator[NetworkBlobs]:
    async with NetworkBlobs(nats_url) as opened:
        yield opened


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[RawClient]:
    async with raw_client(nats_url) as client:
        yield client


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.bin"
    path.write_bytes(random.Random(1).randbytes(LARGE))  # noqa: S311 - no secret
    return path


async def kept_messages(client: RawClient) -> int:
    """Chunks and records the bucket holds."""
    info = await client.request(f"$JS.API.STREAM.INFO.OBJ_{jetstream.BLOBS_BUCKET}", b"")
    return int(info.json["state"]["messages"])


async def test_given_a_file_of_20_mb_when_put_and_read_back_then_it_is_equal_with_progress_and_little_memory(
    blobs: NetworkBlobs, source: Path, tmp_path: Path
) -> None:
    put: list[BlobProgress] = []
    got: list[BlobProgress] = []
    await blobs.put_blob_bytes(b"opens the connection")
    tracemalloc.start()
    try:
        reference = await blobs.put_blob_file(source, on_progress=put.append)
        told = await blobs.get_blob_file(reference, tmp_path / "target.bin", on_progress=got.append)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    digest = digest_of(source)
    assert (reference.filename, reference.size_bytes, reference.sha256) == ("source.bin", LARGE, digest)
    assert told == reference
    assert digest_of(tmp_path / "target.bin") == digest
    assert peak < LARGE / 2
    for steps in (put, got):
        assert [step.bytes for step in steps] == sorted({step.bytes for step in steps})
        assert len(steps) >= LARGE / limits.MESSAGE_MAX_BYTES
        assert steps[-1] == BlobProgress(LARGE, LARGE)


async def test_given_more_than_what_fits_in_memory_by_default_when_put_and_read_then_only_memory_refuses_it(
    blobs: NetworkBlobs, tmp_path: Path
) -> None:
    source, target = tmp_path / "sparse", tmp_path / "target"
    source.touch()
    os.truncate(source, limits.BLOB_MEMORY_MAX_BYTES + 1)
    reference = await blobs.put_blob_file(source)
    assert (await blobs.get_blob_file(reference, target)).size_bytes == target.stat().st_size == source.stat().st_size
    assert await code_of(blobs.get_blob_bytes(reference)) == "blob_too_large"


async def test_given_a_file_beyond_the_limit_or_none_at_all_when_put_then_it_is_refused_before_anything_is_sent(
    blobs: NetworkBlobs, client: RawClient, tmp_path: Path
) -> None:
    await blobs.put_blob_bytes(b"makes the bucket")
    chunks = await client.subscribe(CHUNKS)
    huge, pipe = tmp_path / "huge", tmp_path / "pipe"
    huge.touch()
    os.truncate(huge, limits.BLOB_MAX_BYTES + 1)
    os.mkfifo(pipe)
    assert await code_of(blobs.put_blob_file(huge)) == "blob_too_large"
    for path in (tmp_path / "missing", tmp_path, pipe):
        assert await code_of(blobs.put_blob_file(path)) == "invalid_option"
    assert await code_of(blobs.put_blob_file(huge, mimetype="x")) == "invalid_option"
    await client.flush()
    assert chunks.items == []


async def test_given_a_put_that_is_cancelled_or_fails_when_it_is_half_way_then_nothing_of_it_stays(
    blobs: NetworkBlobs, client: RawClient, source: Path
) -> None:
    await blobs.put_blob_bytes(b"makes the bucket")
    before = await kept_messages(client)
    half = asyncio.Event()

    def tell(progress: BlobProgress) -> None:
        if progress.bytes > LARGE / 2:
            half.set()

    def refuse(progress: BlobProgress) -> None:
        if progress.bytes > LARGE / 2:
            raise LookupError("no more")

    putting = asyncio.ensure_future(blobs.put_blob_file(source, blob_id="given_up", on_progress=tell))
    await half.wait()
    putting.cancel()
    await asyncio.wait([putting])
    with pytest.raises(LookupError):
        await blobs.put_blob_file(source, blob_id="given_up", on_progress=refuse)
    assert putting.cancelled()
    assert await code_of(blobs.head_blob("given_up")) == "blob_not_found"
    assert await kept_messages(client) == before


async def test_given_a_reader_that_gives_up_when_the_file_is_half_read_then_the_target_is_what_it_was(
    blobs: NetworkBlobs, source: Path, tmp_path: Path
) -> None:
    reference = await blobs.put_blob_file(source)
    target = tmp_path / "target"
    target.write_text("old")
    half = asyncio.Event()
    getting = asyncio.ensure_future(blobs.get_blob_file(reference, target, on_progress=lambda step: half.set()))
    await half.wait()
    getting.cancel()
    await asyncio.wait([getting])
    assert getting.cancelled()
    assert target.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["source.bin", "target"]
    no_folder = blobs.get_blob_file(reference, tmp_path / "none" / "target")
    assert await code_of(no_folder) == "blob_store_failed"


async def test_given_two_puts_of_one_id_at_once_when_their_bytes_differ_then_one_is_kept_whole(
    blobs: NetworkBlobs,
) -> None:
    contents = [letter * MEGABYTE for letter in (b"a", b"b")]
    puts = (blobs.put_blob_bytes(content, blob_id="contested") for content in contents)
    results = await asyncio.gather(*puts, return_exceptions=True)
    kept = await blobs.get_blob_bytes("contested")
    [lost] = [result for result in results if isinstance(result, AgentNetError)]
    assert lost.code == "blob_exists"
    assert kept in contents


def test_given_a_file_when_the_folders_store_puts_and_reads_it_then_it_tells_the_progress_too(
    source: Path, tmp_path: Path
) -> None:
    sdk = AgentSDK("blob_keeper", blob_root=str(tmp_path / "blobs"))
    steps: list[BlobProgress] = []
    reference = sdk.put_blob_file(source, on_progress=steps.append)
    sdk.get_blob_file(reference, tmp_path / "target", on_progress=steps.append)
    assert steps[len(steps) // 2 - 1] == steps[-1] == BlobProgress(LARGE, LARGE)


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def code_of(call: Any) -> str:
    with pytest.raises(AgentNetError) as failure:
        await call
    return failure.value.code
