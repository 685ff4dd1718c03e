"""The network's bucket of blobs, as records and chunks."""

import asyncio
import base64
import contextlib
import uuid
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from agentnet_protocol import jetstream, limits
from nats import errors as nats_errors
from nats.js import JetStreamContext
from nats.js.api import Header, PubAck
from nats.js.errors import APIError, NotFoundError

from ..errors import ValidationError
from .blob_reference import BlobReference
from .object_record import make_record, read_record

_BUCKET = jetstream.BLOBS_BUCKET
_STREAM = f"OBJ_{_BUCKET}"
_STALE_REVISION = frozenset((10071, 10164))
_UNACKNOWLEDGED_CHUNKS = 8
"""Enough to keep a line busy; memory is bounded by it."""
_ACK_SECONDS = limits.CONNECT_TIMEOUT_MS / 1000


class StaleRevisionError(Exception):
    """Somebody else has written a record of that name meanwhile."""


class ObjectBucket:
    """The bytes of one object are the messages of one subject, its record the last message of another."""

    def __init__(self, context: JetStreamContext) -> None:
        self._context = context

    async def ensure(self) -> None:
        """Makes the bucket if the network has none."""
        try:
            await self._context.stream_info(_STREAM)
        except NotFoundError:
            await self._context.create_object_store(_BUCKET)

    async def find(self, blob_id: str) -> tuple[int, dict[str, Any] | None]:
        """The revision of the record, 0 when there never was one, and the record unless the blob was deleted.

        Raises:
            ValidationError: `blob_corrupt`
        """
        try:
            found = await self._context.get_last_msg(_STREAM, _record_subject(blob_id))
        except NotFoundError:
            return 0, None
        record = read_record(blob_id, found.data or b"")
        return found.seq or 0, None if record.get("deleted") else record

    async def write_chunks(self, content: AsyncIterator[bytes]) -> tuple[str, int]:
        """Returns once the server has all of them: the name they are kept under, and how many there are. Nothing of a
        failed one stays."""
        nuid, count = uuid.uuid4().hex, 0
        unacknowledged: deque[asyncio.Future[PubAck]] = deque()
        try:
            async for chunk in content:
                unacknowledged.append(await self._context.publish_async(_chunk_subject(nuid), chunk))
                count += 1
                if len(unacknowledged) == _UNACKNOWLEDGED_CHUNKS:
                    await asyncio.wait_for(unacknowledged.popleft(), _ACK_SECONDS)
            while unacknowledged:
                await asyncio.wait_for(unacknowledged.popleft(), _ACK_SECONDS)
        except BaseException:
            for waiting in unacknowledged:
                waiting.cancel()
            await self.remove_chunks(nuid)
            raise
        return nuid, count

    async def write_record(self, stored: BlobReference, *, nuid: str, chunks: int, revision: int) -> None:
        """Makes the object exist, unless its record is no longer the one of that revision.

        Raises:
            StaleRevisionError
        """
        headers = {Header.ROLLUP.value: "sub", Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(revision)}
        record = make_record(stored, nuid=nuid, chunks=chunks)
        try:
            await self._context.publish(_record_subject(stored.blob_id), record, headers=headers)
        except BaseException as cause:
            await self.remove_chunks(nuid)
            if isinstance(cause, APIError) and cause.err_code in _STALE_REVISION:
                raise StaleRevisionError from cause
            raise

    async def remove_chunks(self, nuid: str) -> None:
        """Best effort: whoever calls it has a failure to tell that matters more."""
        with contextlib.suppress(nats_errors.Error):
            await self._context.purge_stream(_STREAM, subject=_chunk_subject(nuid))

    async def read_chunks(self, record: dict[str, Any]) -> AsyncIterator[bytes]:
        """One request each: what is not consumed yet never piles up.

        Raises:
            ValidationError: `blob_corrupt` when one is missing
        """
        try:
            subject, count = _chunk_subject(str(record["nuid"])), int(record["chunks"])
        except (KeyError, TypeError, ValueError) as cause:
            raise ValidationError("blob_corrupt", "the record does not say where the bytes are") from cause
        seq = 1
        for index in range(count):
            try:
                chunk = await self._context.get_msg(_STREAM, seq=seq, subject=subject, next=True)
            except NotFoundError as cause:
                detail = f"chunk {index + 1} of {count} is missing, or was just deleted"
                raise ValidationError("blob_corrupt", detail) from cause
            seq = (chunk.seq or 0) + 1
            yield chunk.data or b""


def _chunk_subject(nuid: str) -> str:
    return f"$O.{_BUCKET}.C.{nuid}"


def _record_subject(blob_id: str) -> str:
    return f"$O.{_BUCKET}.M.{base64.urlsafe_b64encode(blob_id.encode()).decode()}"
