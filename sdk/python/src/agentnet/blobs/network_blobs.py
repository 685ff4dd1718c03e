"""Blobs in the network's JetStream Object Store: every agent on the same NATS can read them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from agentnet_protocol import limits
from nats import errors as nats_errors

from ..connection.link import Link
from ..connection.to_agentnet_error import to_agentnet_error
from ..errors import AgentNetError, TransportError, ValidationError
from ..require_option import require_integer
from .blob_reference import BlobIdOrRef, BlobReference, require_blob_id, require_reference
from .local_blobs import PutBlobOptions, decode_text, read_put_options
from .object_bucket import ObjectBucket, StaleRevisionError
from .object_record import reference_of
from .transfer import (
    OnProgress,
    in_own_thread,
    open_source,
    read_in_chunks,
    replace_file_async,
    report_progress_async,
    split,
)
from .verify_blob import BlobDigest, require_size

_Result = TypeVar("_Result")


class NetworkBlobs:
    """It has a connection of its own, so that large blobs do not stand in the way of messages; `close()` it.
    Spec: rules `blob.network`, `blob.atomic`."""

    def __init__(self, nats_url: str = "nats://127.0.0.1:4222") -> None:
        """Connects when the first blob needs it."""
        self._nats_url = nats_url
        self._link: Link | None = None
        self._bucket: ObjectBucket | None = None
        self._opening = asyncio.Lock()

    async def put_blob_bytes(
        self, content: bytes, *, on_progress: OnProgress | None = None, **options: Any
    ) -> BlobReference:
        """Stores bytes and returns the reference to send; the same bytes under the same id again are what is on record.

        Args:
            content: The bytes.
            on_progress: Hears how far it is.
            **options: `filename`, `mime_type`, `metadata`, `blob_id`.

        Raises:
            AgentNetError: `blob_id_invalid`, `blob_exists`, `blob_too_large`, `invalid_option`, `blob_store_failed`,
                `connect_failed`, `authorization_failed`
        """
        described = read_put_options(options)
        require_size(len(content), limits.BLOB_MAX_BYTES)
        chunks = report_progress_async(_each(content), on_progress, len(content))
        return await _with_own_errors(self._put(described, chunks))

    async def put_blob_file(
        self, path: str | PathLike[str], *, on_progress: OnProgress | None = None, **options: Any
    ) -> BlobReference:
        """As `put_blob_bytes`, from a file that is not held in memory; its name is the `filename` unless one is given.
        Cancelled, nothing of it stays.

        Raises:
            AgentNetError: `invalid_option` when `path` is no plain file; as `put_blob_bytes`
        """
        described = read_put_options(options | {"filename": options.get("filename") or Path(path).name})
        file, size_bytes = open_source(path)
        with file:
            require_size(size_bytes, limits.BLOB_MAX_BYTES)
            chunks = report_progress_async(in_own_thread(read_in_chunks(file)), on_progress, size_bytes)
            return await _with_own_errors(self._put(described, chunks))

    async def get_blob_bytes(
        self,
        blob: BlobIdOrRef,
        *,
        max_bytes: int = limits.BLOB_MEMORY_MAX_BYTES,
        on_progress: OnProgress | None = None,
    ) -> bytes:
        """Bytes that are not what is on record, and in the reference, are never returned. Spec: rule `blob.integrity`.

        Raises:
            AgentNetError: `blob_not_found`, `blob_corrupt`, `blob_id_invalid`, `blob_ref_invalid`,
                `blob_storage_unknown`, `blob_too_large`, `blob_store_failed`, `connect_failed`
        """
        require_integer("max_bytes", max_bytes, 0)

        async def get() -> bytes:
            _, content = await self._read(_wanted(blob), max_bytes, on_progress)
            return b"".join([chunk async for chunk in content])

        return await _with_own_errors(get())

    async def get_blob_text(
        self,
        blob: BlobIdOrRef,
        *,
        max_bytes: int = limits.BLOB_MEMORY_MAX_BYTES,
        on_progress: OnProgress | None = None,
    ) -> str:
        """As `get_blob_bytes`, decoded from UTF-8; fails with `blob_not_text` when the bytes are something else."""
        return decode_text(await self.get_blob_bytes(blob, max_bytes=max_bytes, on_progress=on_progress))

    async def get_blob_file(
        self,
        blob: BlobIdOrRef,
        path: str | PathLike[str],
        *,
        max_bytes: int = limits.BLOB_MAX_BYTES,
        on_progress: OnProgress | None = None,
    ) -> BlobReference:
        """Writes a blob to `path` without holding it in memory. The file appears, or is replaced, once all bytes are
        verified and on disk; before that, and after a failure, it is what it was.

        Raises:
            AgentNetError: As `get_blob_bytes`
        """
        require_integer("max_bytes", max_bytes, 0)

        async def get() -> BlobReference:
            reference, content = await self._read(_wanted(blob), max_bytes, on_progress)
            await replace_file_async(Path(path).absolute(), content)  # noqa: ASYNC240 - asks nothing of the disk
            return reference

        return await _with_own_errors(get())

    async def head_blob(self, blob: BlobIdOrRef) -> BlobReference:
        """What is on record. Raises: as `get_blob_bytes`."""
        wanted = _wanted(blob)
        return reference_of(wanted.blob_id, (await _with_own_errors(self._require(wanted)))[1])

    async def close(self) -> None:
        """Disconnects."""
        link, self._link, self._bucket = self._link, None, None
        if link:
            await link.close(limits.CONNECT_TIMEOUT_MS / 1000)

    async def __aenter__(self) -> "NetworkBlobs":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _put(self, described: PutBlobOptions, content: AsyncIterator[bytes]) -> BlobReference:
        draft = replace(described.reference(), storage="nats_object")
        bucket = await self._opened()
        digest = BlobDigest(limits.BLOB_MAX_BYTES)
        revision, before = await bucket.find(draft.blob_id)
        if before:
            async for chunk in content:
                digest.update(chunk)
            return _on_record(before, replace(draft, sha256=digest.sha256))
        nuid, chunks = await bucket.write_chunks(digest.observe_async(content))
        stored = replace(draft, size_bytes=digest.size_bytes, sha256=digest.sha256)
        try:
            await bucket.write_record(stored, nuid=nuid, chunks=chunks, revision=revision)
        except StaleRevisionError:
            return _on_record((await self._require(stored))[1], stored)
        return stored

    async def _read(
        self, wanted: BlobReference, max_bytes: int, on_progress: OnProgress | None
    ) -> tuple[BlobReference, AsyncIterator[bytes]]:
        """The chunks fail after the last one unless they are what is on record and what is wanted."""
        bucket, record = await self._require(wanted)
        reference = reference_of(wanted.blob_id, record)
        require_size(max(reference.size_bytes or 0, wanted.size_bytes or 0), max_bytes)
        digest = BlobDigest(max_bytes)

        async def verified() -> AsyncIterator[bytes]:
            async for chunk in digest.observe_async(bucket.read_chunks(record)):
                yield chunk
            digest.require([reference, wanted])

        return reference, report_progress_async(verified(), on_progress, reference.size_bytes)

    async def _require(self, wanted: BlobReference) -> tuple[ObjectBucket, dict[str, Any]]:
        bucket = await self._opened()
        _, record = await bucket.find(wanted.blob_id)
        if record is None or (record.get("options") or {}).get("link"):
            raise TransportError("blob_not_found", f"no blob {wanted.blob_id} in nats_object")
        return bucket, record

    async def _opened(self) -> ObjectBucket:
        async with self._opening:
            if self._bucket is None:
                self._link, self._bucket = await _open(self._nats_url)
            return self._bucket


async def _open(nats_url: str) -> tuple[Link, ObjectBucket]:
    link = Link(on_error=lambda error: None)
    # History records what looks like a message on ordinary inboxes, and a blob may look like one.
    timeout = limits.CONNECT_TIMEOUT_MS / 1000
    await link.open(
        nats_url, name="agentnet-py-blobs", timeout=timeout, max_reconnect_attempts=-1, inbox_prefix="_BLOB"
    )
    try:
        bucket = ObjectBucket(link.client.jetstream())
        await bucket.ensure()
    except BaseException:
        await link.close(timeout)
        raise
    return link, bucket


async def _each(content: bytes) -> AsyncIterator[bytes]:
    for chunk in split(content):
        yield chunk


def _on_record(record: dict[str, Any], wanted: BlobReference) -> BlobReference:
    reference = reference_of(wanted.blob_id, record)
    if reference.sha256 != wanted.sha256:
        raise ValidationError("blob_exists", f"blob {wanted.blob_id} has other bytes; choose another id")
    return reference


def _wanted(blob: BlobIdOrRef) -> BlobReference:
    if isinstance(blob, str):
        return BlobReference(blob_id=require_blob_id(blob), storage="nats_object")
    reference = require_reference(blob)
    if reference.storage != "nats_object":
        detail = f"the blob is in {reference.storage}, and this store is nats_object"
        raise ValidationError("blob_storage_unknown", detail)
    return reference


async def _with_own_errors(work: Awaitable[_Result]) -> _Result:
    try:
        return await work
    except AgentNetError:
        raise
    except (nats_errors.ConnectionClosedError, nats_errors.TimeoutError, asyncio.TimeoutError) as cause:
        raise to_agentnet_error(cause) from cause
    except (nats_errors.Error, OSError) as cause:
        raise TransportError("blob_store_failed", str(cause) or type(cause).__name__) from cause
