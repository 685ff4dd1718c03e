"""A bounded first-in first-out queue with a fixed number of workers."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from .incoming import Incoming

StartWork: TypeAlias = Callable[[Incoming, Callable[[], None]], None]
"""Begins the work with one item, without raising, and calls the function once when it has ended."""


class WorkQueue:
    """Items wait for a worker in the order they came."""

    def __init__(self, *, max_pending: int, max_concurrency: int, start: StartWork) -> None:
        self._max_pending = max_pending
        self._max_concurrency = max_concurrency
        self._start_work = start
        self._waiting: deque[Incoming] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self.running = 0
        """Items a worker is busy with."""

    @property
    def pending(self) -> int:
        """Items that wait for a worker."""
        return len(self._waiting)

    def has_room_beside(self, coming: int) -> bool:
        """Whether one more fits besides those that are about to come."""
        return self.running + self.pending + coming < self._max_concurrency + self._max_pending

    def push(self, item: Incoming) -> None:
        self._idle.clear()
        if self.running < self._max_concurrency:
            self._start(item)
        else:
            self._waiting.append(item)

    async def idle(self) -> None:
        """Returns once nothing waits and nothing runs."""
        await self._idle.wait()

    def take_pending(self) -> list[Incoming]:
        """Takes everything that still waits, away from the workers."""
        items = list(self._waiting)
        self._waiting.clear()
        return items

    def _start(self, item: Incoming) -> None:
        self.running += 1
        self._start_work(item, self._next)

    def _next(self) -> None:
        self.running -= 1
        if self._waiting:
            self._start(self._waiting.popleft())
        elif self.running == 0:
            self._idle.set()
