"""A bounded first-in first-out queue with a fixed number of workers."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from .incoming import Incoming


class WorkQueue:
    """`work` never raises."""

    def __init__(self, *, max_pending: int, max_concurrency: int, work: Callable[[Incoming], Awaitable[None]]) -> None:
        self._max_pending = max_pending
        self._max_concurrency = max_concurrency
        self._work = work
        self._waiting: deque[Incoming] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def pending(self) -> int:
        """Items that wait for a worker."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Items a worker is busy with."""
        return len(self._running)

    def has_room_beside(self, coming: int) -> bool:
        """Whether one more fits besides those that are about to come."""
        return self.running + self.pending + coming < self._max_concurrency + self._max_pending

    def push(self, item: Incoming) -> None:
        self._idle.clear()
        if len(self._running) < self._max_concurrency:
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
        task = asyncio.ensure_future(self._work(item))
        self._running.add(task)
        task.add_done_callback(self._next)

    def _next(self, done: "asyncio.Task[None]") -> None:
        self._running.discard(done)
        if self._waiting:
            self._start(self._waiting.popleft())
        elif not self._running:
            self._idle.set()
