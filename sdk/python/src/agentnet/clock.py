"""Time, injected so that tests can advance it."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Protocol

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
    try:
        return format_instant(_EPOCH + timedelta(microseconds=round(epoch_seconds * 1_000_000)))
    except OverflowError:
        return format_instant(_LAST)


def epoch_seconds(instant: datetime) -> float:
    """Seconds since 1970."""
    return (instant - _EPOCH).total_seconds()
