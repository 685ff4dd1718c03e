"""Time, injected so that tests can advance it."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Protocol

from agentnet_protocol import format_instant

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LAST = datetime.max.replace(tzinfo=timezone.utc)


class Clock(Protocol):
    """What the SDK asks of time."""

    def now(self) -> float:
        """Seconds since 1970, for what goes onto the wire."""
        ...

    def elapsed(self) -> float:
        """Seconds that only ever grow, for durations."""
        ...

    def after(self, delay: float, callback: Callable[[], object]) -> Callable[[], None]:
        """Calls `callback` once, `delay` seconds from now; the returned function prevents it."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def elapsed(self) -> float:
        return time.monotonic()

    def after(self, delay: float, callback: Callable[[], object]) -> Callable[[], None]:
        return asyncio.get_running_loop().call_later(delay, callback).cancel


def timestamp(epoch_seconds: float) -> str:
    """The instant as conforming peers write it; the last one a timestamp can say when it lies beyond."""
    seconds, microseconds = divmod(round(epoch_seconds * 1_000_000), 1_000_000)
    try:
        whole = _whole_second(seconds)
    except OverflowError:
        return format_instant(_LAST)
    return f"{whole}.{microseconds:06d}Z" if microseconds else f"{whole}Z"


@lru_cache(maxsize=64)
def _whole_second(epoch_seconds: int) -> str:
    """Messages of one second share its text, and most share their time to live."""
    return format_instant(_EPOCH + timedelta(seconds=epoch_seconds)).removesuffix("Z")


def epoch_seconds(instant: datetime) -> float:
    """Seconds since 1970."""
    return (instant - _EPOCH).total_seconds()


async def pause(clock: Clock, seconds: float) -> None:
    """Returns after that time."""
    over = asyncio.Event()
    cancel = clock.after(seconds, over.set)
    try:
        await over.wait()
    finally:
        cancel()


async def is_done_within(clock: Clock, future: "asyncio.Future[Any]", seconds: float | None) -> bool:
    """Waits for `future`, at most that long, without cancelling it; None waits for as long as it takes."""
    if future.done():
        return True
    woken = asyncio.get_running_loop().create_future()

    def wake(*_: object) -> None:
        if not woken.done():
            woken.set_result(None)

    # Cheaper than a task for each side; every request and every handler waits here.
    cancel = None if seconds is None else clock.after(seconds, wake)
    future.add_done_callback(wake)
    try:
        await woken
        return future.done()
    finally:
        future.remove_done_callback(wake)
        if cancel:
            cancel()
