"""Blobs in the network's JetStream Object Store: every agent on the same NATS can read them."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from types import TracebackType
from typing import Any, TypeVar

from agentnet_protocol import jetstream, limits, now_timestamp
from nats import errors as nats_errors
from nats.js import JetStreamContext
from nats.js.api import Header, RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from ..connection.link import Link
from ..connection.to_agentnet_error import to_agentnet_error
from ..errors import AgentNetError, TransportError, ValidationError
from ..require_option import require_integer
from .blob_files import CHUNK_BYTES
from .blob_reference import BlobIdOrRef, BlobReference, read_blob_ref, require_blob_id, require_reference
from .local_blobs import decode_text, read_put_options
from .verify_blob import BlobDigest, require_size

_Result = TypeVar("_Result")

_BUCKET = jetstream.BLOBS_BUCKET
_STREAM = f"OBJ_{_BUCKET}"
_STALE_REVISION = frozenset((10071, 10164))


class NetworkBlobs:
    """It has a connection of its own, so that large blobs do not stand in the way of messages; `close()` it. Blobs are
    held in memory while they travel. Spec: rules `blob.network`, `blob.atomic`."""

    def __init__(self, nats_url: str = "nats://127.0.0.1:4222") -> None:
        """Connects when the first blob needs it."""
        self._nats_url = nats_url
        self._link: Link | None = None
        self._opening = asyncio.Lock()

    async def put_blob_bytes(self, content: bytes, **options: Any) -> BlobReference:
        """Stores bytes and returns the reference to send; the same bytes under the same id again are what is on record.

        Args:
            content: The bytes.
            **options: `filename`, `mime_type`, `metadata`, `blob_id`.

        Raises:
            AgentNetError: `blob_id_invalid`, `blob_exists`, `blob_too_large`, `invalid_option`, `blob_store_failed`,
                `connect_failed`, `authorization_failed`
        """
        draft = replace(read_put_options(options).reference(), storage="nats_object")
        require_size(len(content), limits.BLOB_MEMORY_MAX_BYTES)
        return await _with_own_errors(self._put(draft, content))

    async def get_blob_bytes(self, blob: BlobIdOrRef, *, max_bytes: int = limits.BLOB_MEMORY_MAX_BYTES) -> bytes:
        """Bytes that are not what is on record, and in the reference, are never returned. Spec: rule `blob.integrity`.

        Raises:
            AgentNetError: `blob_not_found`, `blob_corrupt`, `blob_id_invalid`, `blob_ref_invalid`,
                `blob_storage_unknown`, `blob_too_large`, `blob_store_failed`, `connect_failed`
        """
        require_integer("max_bytes", max_bytes, 0)
        return await _with_own_errors(self._get(_wanted(blob), max_bytes))

    async def get_blob_text(self, blob: BlobIdOrRef, *, max_bytes: int = limits.BLOB_MEMORY_MAX_BYTES) -> str:
        """As `get_blob_bytes`, decoded from UTF-8; fails with `blob_not_text` when the bytes are something else."""
        return decode_text(await self.get_blob_bytes(blob, max_bytes=max_bytes))

    async def head_blob(self, blob: BlobIdOrRef) -> BlobReference:
        """What is on record. Raises: as `get_blob_bytes`."""
        wanted = _wanted(blob)
        return _reference_of(wanted.blob_id, (await _with_own_errors(self._require(wanted)))[1])

    async def close(self) -> None:
        """Disconnects."""
        link, self._link = self._link, None
        if link:
            await link.close(limits.CONNECT_TIMEOUT_MS / 1000)

    async def __aenter__(self) -> "NetworkBlobs":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _put(self, draft: BlobReference, content: bytes) -> BlobReference:
        context = await self._context()
        digest = BlobDigest(limits.BLOB_MEMORY_MAX_BYTES)
        digest.update(content)
        stored = replace(draft, size_bytes=digest.size_bytes, sha256=digest.sha256)
        revision, before = await _info_of(context, draft.blob_id)
        if before and not before.get("deleted"):
            return _on_record(before, stored)
        nuid = uuid.uuid4().hex
        subject = f"$O.{_BUCKET}.C.{nuid}"
        try:
            chunks = [content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES)]
            for chunk in chunks:
                await context.publish(subject, chunk)
            info = {**_info(stored), "nuid": nuid, "chunks": len(chunks)}
            headers = {Header.ROLLUP.value: "sub", Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(revision)}
            await context.publish(_meta_subject(draft.blob_id), json.dumps(info).encode(), headers=headers)
        except BaseException as cause:
            await context.purge_stream(_STREAM, subject=subject)
            if not isinstance(cause, APIError) or cause.err_code not in _STALE_REVISION:
                raise
            return _on_record((await self._require(stored))[1], stored)
        return stored

    async def _get(self, wanted: BlobReference, max_bytes: int) -> bytes:
        context, info = await self._require(wanted)
        reference = _reference_of(wanted.blob_id, info)
        require_size(max(reference.size_bytes or 0, wanted.size_bytes or 0), max_bytes)
        digest = BlobDigest(max_bytes)
        found: list[bytes] = []
        async for chunk in _chunks_of(context, info):
            digest.update(chunk)
            found.append(chunk)
        digest.require([reference, wanted])
        return b"".join(found)

    async def _require(self, wanted: BlobReference) -> tuple[JetStreamContext, dict[str, Any]]:
        context = await self._context()
        _, info = await _info_of(context, wanted.blob_id)
        if info is None or info.get("deleted") or (info.get("options") or {}).get("link"):
            raise TransportError("blob_not_found", f"no blob {wanted.blob_id} in nats_object")
        return context, info

    async def _context(self) -> JetStreamContext:
        async with self._opening:
            if self._link is None:
                self._link = await _open(self._nats_url)
            return self._link.client.jetstream()


async def _open(nats_url: str) -> Link:
    link = Link(on_error=lambda error: None)
    # History records what looks like a message on ordinary inboxes, and a blob may look like one.
    timeout = limits.CONNECT_TIMEOUT_MS / 1000
    await link.open(
        nats_url, name="agentnet-py-blobs", timeout=timeout, max_reconnect_attempts=-1, inbox_prefix="_BLOB"
    )
    try:
        context = link.client.jetstream()
        try:
            await context.stream_info(_STREAM)
        except NotFoundError:
            await context.create_object_store(_BUCKET)
    except BaseException:
        await link.close(timeout)
        raise
    return link


async def _info_of(context: JetStreamContext, blob_id: str) -> tuple[int, dict[str, Any] | None]:
    """The object's record and its revision; 0 when there never was one."""
    try:
        found = await context.get_last_msg(_STREAM, _meta_subject(blob_id))
    except NotFoundError:
        return 0, None
    try:
        info = json.loads(found.data or b"")
    except ValueError:
        info = None
    if not isinstance(info, dict):
        raise ValidationError("blob_corrupt", f"the record of blob {blob_id} cannot be read")
    return found.seq or 0, info


async def _chunks_of(context: JetStreamContext, info: dict[str, Any]) -> AsyncIterator[bytes]:
    """One request each: what is not consumed yet never piles up."""
    subject, seq, count = f"$O.{_BUCKET}.C.{info['nuid']}", 1, info["chunks"]
    for index in range(count):
        try:
            chunk: RawStreamMsg = await context.get_msg(_STREAM, seq=seq, subject=subject, next=True)
        except NotFoundError as cause:
            detail = f"chunk {index + 1} of {count} is missing, or was just deleted"
            raise ValidationError("blob_corrupt", detail) from cause
        seq = (chunk.seq or 0) + 1
        yield chunk.data or b""


def _meta_subject(blob_id: str) -> str:
    return f"$O.{_BUCKET}.M.{base64.urlsafe_b64encode(blob_id.encode()).decode()}"


def _info(stored: BlobReference) -> dict[str, Any]:
    texts = {"mime_type": stored.mime_type, "created_at": stored.created_at, "filename": stored.filename}
    if stored.metadata is not None:
        texts["metadata"] = json.dumps(stored.metadata, separators=(",", ":"))
    digest = base64.urlsafe_b64encode(bytes.fromhex(stored.sha256 or "")).decode()
    return {
        "name": stored.blob_id,
        "bucket": _BUCKET,
        "size": stored.size_bytes,
        "digest": f"SHA-256={digest}",
        "mtime": now_timestamp(),
        "metadata": {name: text for name, text in texts.items() if text is not None},
        "options": {"max_chunk_size": CHUNK_BYTES},
        "deleted": False,
    }


def _reference_of(blob_id: str, info: dict[str, Any]) -> BlobReference:
    """Raises: ValidationError: `blob_corrupt` when the object's record makes no reference."""
    try:
        texts = dict(info.get("metadata") or {})
        more = texts.pop("metadata", None)
        digest = str(info["digest"]).split("=", 1)[1]
        reference = read_blob_ref(
            {
                "created_at": info.get("mtime"),
                **texts,
                "type": "blob_ref",
                "blob_id": blob_id,
                "storage": "nats_object",
                "size_bytes": info["size"],
                "sha256": base64.urlsafe_b64decode(digest + "==").hex(),
                "metadata": None if more is None else json.loads(more),
            }
        )
    except (ValueError, KeyError, IndexError, TypeError, ValidationError) as cause:
        raise ValidationError("blob_corrupt", f"the record of blob {blob_id} cannot be read: {cause}") from cause
    return require_reference(reference)


def _on_record(info: dict[str, Any], wanted: BlobReference) -> BlobReference:
    reference = _reference_of(wanted.blob_id, info)
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
    except (nats_errors.ConnectionClosedError, nats_errors.TimeoutError) as cause:
        raise to_agentnet_error(cause) from cause
    except nats_errors.Error as cause:
        raise TransportError("blob_store_failed", str(cause) or type(cause).__name__) from cause
