"""Bytes on their way between a file and a store."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeVar

from ..errors import ValidationError
from .blob_files import CHUNK_BYTES, PartFile

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class BlobProgress:
    """How far a transfer is."""

    bytes: int
    """So far."""
    total_bytes: int | None = None
    """In all, where that is known."""


OnProgress: TypeAlias = Callable[[BlobProgress], object]
"""Called after each chunk, at most 128 KiB apart. What it raises ends the transfer."""


def report_progress(
    content: Iterable[bytes], on_progress: OnProgress | None, total_bytes: int | None
) -> Iterator[bytes]:
    """Hands chunks on, and tells of each once it has been taken care of."""
    done = 0
    for chunk in content:
        yield chunk
        done += len(chunk)
        if on_progress:
            on_progress(BlobProgress(done, total_bytes))


async def report_progress_async(
    content: AsyncIterator[bytes], on_progress: OnProgress | None, total_bytes: int | None
) -> AsyncIterator[bytes]:
    """As `report_progress`."""
    done = 0
    async for chunk in content:
        yield chunk
        done += len(chunk)
        if on_progress:
            on_progress(BlobProgress(done, total_bytes))


def open_source(path: str | PathLike[str]) -> tuple[BinaryIO, int]:
    """A file to read, and its size.

    Raises:
        ValidationError: `invalid_option` when it is no plain file.
    """
    source = Path(path)
    try:
        if source.is_file():
            return source.open("rb"), source.stat().st_size
    except OSError as cause:
        raise ValidationError("invalid_option", f"path {source} cannot be read: {cause}") from cause
    raise ValidationError("invalid_option", f"path {source} is no plain file, or cannot be read")


def split(content: bytes) -> Iterator[bytes]:
    """Chunks of bytes that are in memory."""
    for at in range(0, len(content), CHUNK_BYTES):
        yield content[at : at + CHUNK_BYTES]


def read_in_chunks(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK_BYTES), b"")


async def in_own_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Chunks of a file, read without stopping everybody else's work."""
    while chunk := await _in_thread(lambda: next(chunks, b"")):
        yield chunk


async def replace_file_async(path: Path, content: AsyncIterator[bytes]) -> None:
    """Readers see the old file or the whole new one."""
    part = PartFile(path.parent)
    try:
        async for chunk in content:
            await _in_thread(partial(part.write, chunk))
        await _in_thread(part.finish)
        part.replace(path)
    except BaseException:
        part.discard()
        raise


async def _in_thread(call: Callable[[], _Result]) -> _Result:
    """Cancelled, it still waits for the thread, which must not touch the file after it has been given up."""
    work = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
