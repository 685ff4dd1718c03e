"""Files that are whole or not there, and never links."""

import contextlib
import errno
import os
import stat
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import ValidationError

CHUNK_BYTES = 128 * 1024

# Following a link would leave the root; opening a named pipe would wait for its other end.
_PLAINLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class PartFile:
    """A new hidden file. Its name is no blob id, so what an ended process leaves behind is never read."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f".{uuid.uuid4()}.part"
        self._file = self.path.open("xb")

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)

    def finish(self) -> None:
        """Waits until the disk has it."""
        with self._file as file:
            file.flush()
            os.fsync(file.fileno())

    def replace(self, path: Path) -> None:
        """Readers of `path` see the old file or this one, which has been finished."""
        self.path.replace(path)
        _sync_folder(path.parent)

    def discard(self) -> None:
        # Closing writes what is left, which a full disk refuses.
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


def write_part(folder: Path, content: Iterable[bytes]) -> PartFile:
    """Writes a part and waits until the disk has it."""
    part = PartFile(folder)
    try:
        for chunk in content:
            part.write(chunk)
        part.finish()
    except BaseException:
        part.discard()
        raise
    return part


def publish_part(part: PartFile, path: Path) -> bool:
    """Gives the file its final name, unless that is taken; whether it was free."""
    try:
        # Unlike a rename, a link never replaces a file.
        os.link(part.path, path)
    except FileExistsError:
        return False
    finally:
        part.discard()
    _sync_folder(path.parent)
    return True


def replace_file(path: Path, content: Iterable[bytes]) -> None:
    """Readers see the old file or the whole new one."""
    part = write_part(path.parent, content)
    try:
        part.replace(path)
    except BaseException:
        part.discard()
        raise


def read_plain_file(path: Path) -> Iterator[bytes]:
    """The bytes of a file that is no link, opened when the first chunk is asked for.

    Raises:
        ValidationError: `blob_corrupt` when there is no such file, or it is something else.
    """
    descriptor = _open_plainly(path)
    if descriptor is None:
        raise ValidationError("blob_corrupt", f"{path} is missing although its record is there")
    with os.fdopen(descriptor, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def read_plain_record(path: Path) -> bytes | None:
    """None when there is no such file."""
    descriptor = _open_plainly(path)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def require_plain_folder(path: Path) -> None:
    """A linked folder would lead every id out of the root."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise ValidationError("blob_corrupt", f"{path} is a link or no folder")


def _open_plainly(path: Path) -> int | None:
    try:
        descriptor = os.open(path, _PLAINLY)
    except FileNotFoundError:
        return None
    except OSError as cause:
        if cause.errno not in (errno.ELOOP, errno.EMLINK, errno.ENXIO):
            raise
        raise ValidationError("blob_corrupt", f"{path} is a link or no plain file") from cause
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise ValidationError("blob_corrupt", f"{path} is a link or no plain file")


def _sync_folder(path: Path) -> None:
    """Makes the new name itself durable, where the system lets a folder be synchronised."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
