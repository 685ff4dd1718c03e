"""What waits to be written to NATS, in order."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

_RIDE_SECONDS = 0.005
"""Many times what a reply takes to be asked for again, and too short for anybody to see."""

CROWDED_BYTES = 65_536
"""More waiting bytes than this are written at once, and their sender waits while the server does not read."""


class LateEntry(Protocol):
    """Has its place in the queue before it is known what is written there."""

    def write(self) -> bytes:
        """What is written; empty for nothing. Never raises."""

    def drop(self) -> object:
        """Hears instead of `write` that the connection was lost before."""


Entry: TypeAlias = bytes | LateEntry


class WriteQueue:
    """What is added while one piece of code runs is written together: a receipt, a reply and a second receipt would be
    three writes, each as costly as the rest of the work on a message."""

    def __init__(self, write: Callable[[], object]) -> None:
        """`write` takes what waits, and writes it."""
        self._write = write
        self._entries: list[Entry] = []
        self._bytes = 0
        self._due: asyncio.Handle | None = None
        self._riding: asyncio.TimerHandle | None = None

    @property
    def is_crowded(self) -> bool:
        return self._bytes > CROWDED_BYTES

    def post(self, entry: Entry, size: int, *, gives_way: bool = False) -> None:
        """Adds what is written once the code that runs comes to rest.

        Args:
            entry: What is written.
            size: Its bytes, about.
            gives_way: Whether work that has begun by now has its turn first: one read brings many messages, and the
                first of them must not have the receipts of the others written.
        """
        self._add(entry, size)
        if self._due and gives_way:
            self._due.cancel()
            self._due = None
        if self._due is None:
            self._due = asyncio.get_running_loop().call_soon(self._write)

    def ride(self, command: bytes, on_dropped: Callable[[], object]) -> None:
        """Adds what nobody waits for: it leaves with whatever is written next, and after a few milliseconds by itself.
        A write of its own would cost this process, the server and the receiver more than all else they do with it."""
        self._add(_Riding(command, on_dropped), len(command))
        if self.is_crowded:
            self._write()
        elif self._due is None and self._riding is None:
            self._riding = asyncio.get_running_loop().call_later(_RIDE_SECONDS, self._write)

    def take(self) -> list[Entry]:
        """What waits; nothing does any more."""
        entries, self._entries, self._bytes = self._entries, [], 0
        for timer in (self._due, self._riding):
            if timer:
                timer.cancel()
        self._due = self._riding = None
        return entries

    def _add(self, entry: Entry, size: int) -> None:
        self._entries.append(entry)
        self._bytes += size


def written(entries: list[Entry]) -> list[bytes]:
    """What is written now that the queue is handed over."""
    texts = (entry if isinstance(entry, bytes) else entry.write() for entry in entries)
    return [text for text in texts if text]


def drop(entries: list[Entry]) -> None:
    """The connection was lost: what was posted is gone, and the others hear of it."""
    for entry in entries:
        if not isinstance(entry, bytes):
            entry.drop()


@dataclass(eq=False)
class _Riding:
    command: bytes
    on_dropped: Callable[[], object]

    def write(self) -> bytes:
        return self.command

    def drop(self) -> object:
        return self.on_dropped()
