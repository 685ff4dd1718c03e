"""A queue per stream."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from .incoming import Incoming


class StreamLanes:
    """Events of one stream run one after the other, in order; up to `max_concurrency` streams run side by side."""

    def __init__(self, *, max_pending: int, max_concurrency: int, work: Callable[[Incoming], Awaitable[None]]) -> None:
        """`work` never raises."""
        self._max_pending = max_pending
        self._max_concurrency = max_concurrency
        self._work = work
        self._lanes: dict[str, deque[Incoming]] = {}
        # Streams with work that no worker is busy with, in the order they got it.
        self._ready: deque[str] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.pending = 0

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def has_room(self) -> bool:
        return self.pending < self._max_pending

    def push(self, stream: str, item: Incoming) -> None:
        self._idle.clear()
        self.pending += 1
        lane = self._lanes.get(stream)
        if lane is not None:
            lane.append(item)
            return
        self._lanes[stream] = deque((item,))
        self._ready.append(stream)
        self._start_ready()

    async def idle(self) -> None:
        """Returns once nothing waits and nothing runs."""
        await self._idle.wait()

    def take_pending(self) -> list[Incoming]:
        """Takes everything that still waits, away from the workers."""
        items = [item for lane in self._lanes.values() for item in lane]
        for lane in self._lanes.values():
            lane.clear()
        for stream in self._ready:
            del self._lanes[stream]
        self._ready.clear()
        self.pending = 0
        return items

    def _start_ready(self) -> None:
        while self._ready and len(self._running) < self._max_concurrency:
            task = asyncio.ensure_future(self._run(self._ready.popleft()))
            self._running.add(task)
            task.add_done_callback(self._next)

    async def _run(self, stream: str) -> None:
        """One item, then other streams have their turn."""
        lane = self._lanes[stream]
        if lane:
            self.pending -= 1
            await self._work(lane.popleft())
        if lane:
            self._ready.append(stream)
        else:
            del self._lanes[stream]

    def _next(self, done: "asyncio.Task[None]") -> None:
        self._running.discard(done)
        self._start_ready()
        if not self._running and self.pending == 0:
            self._idle.set()
