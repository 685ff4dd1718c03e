"""Time in the test's hands."""

import asyncio
import time
from collections.abc import Callable

from agentnet.clock import SystemClock

from .raw_client import PATIENCE


class MovedClock(SystemClock):
    """Stands still until the test moves it; timers run in real time."""

    def __init__(self, start: float | None = None) -> None:
        self._start = time.time() if start is None else start
        self._passed = 0.0

    def now(self) -> float:
        return self._start + self._passed

    def elapsed(self) -> float:
        return self._passed

    def advance(self, seconds: float) -> None:
        self._passed += seconds


class ManualClock(MovedClock):
    """Stands still until the test moves it; timers fire when it passes them."""

    def __init__(self) -> None:
        super().__init__()
        self._timers: dict[object, tuple[float, Callable[[], object]]] = {}
        self._planned = asyncio.Event()

    def after(self, delay: float, callback: Callable[[], object]) -> Callable[[], None]:
        timer = object()
        self._timers[timer] = (self._passed + delay, callback)
        self._planned.set()

        def cancel() -> None:
            self._timers.pop(timer, None)

        return cancel

    async def pass_next_timer(self, *, within: float) -> float:
        """Waits until something waits for at most `within` seconds, and moves to its end; returns the instant."""
        await self._planned_timer(lambda due: due <= self._passed + within)
        timer, (due, callback) = min(self._timers.items(), key=lambda planned: planned[1][0])
        del self._timers[timer]
        self._passed = due
        callback()
        return due

    async def pass_timer_of(self, seconds: float) -> None:
        """Waits until something waits for just that long, and moves to its end."""
        await self._planned_timer(lambda due: due == self._passed + seconds)
        end = self._passed + seconds
        while any(due <= end for due, _ in self._timers.values()):
            await self.pass_next_timer(within=seconds)

    async def _planned_timer(self, is_meant: Callable[[float], bool]) -> None:
        async def plan() -> None:
            while not any(is_meant(due) for due, _ in self._timers.values()):
                self._planned.clear()
                await self._planned.wait()

        await asyncio.wait_for(plan(), PATIENCE)
