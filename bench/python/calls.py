"""Calls in a closed and in an open loop, and what they cost."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

Call = Callable[[], Awaitable[Any]]


async def measure_closed(call: Call, in_flight: int, seconds: float) -> dict[str, float]:
    """Makes calls, `in_flight` at once, a new one when one ends; latencies are milliseconds."""
    latencies: list[float] = []
    begun = time.perf_counter()
    end = begun + seconds

    async def lane() -> None:
        done = begun
        while done < end:
            at = time.perf_counter()
            await call()
            done = time.perf_counter()
            latencies.append((done - at) * 1000)

    await asyncio.gather(*(lane() for _ in range(in_flight)))
    return _summary(latencies, time.perf_counter() - begun)


async def measure_open(call: Call, per_second: float, seconds: float) -> dict[str, float]:
    """Makes calls at a constant rate; the latency of each counts from the time it was due."""
    count = max(1, round(per_second * seconds))
    every = 1 / per_second
    latencies: list[float] = []
    begun = time.perf_counter()

    async def make(due: float) -> None:
        await call()
        latencies.append((time.perf_counter() - due) * 1000)

    async with asyncio.TaskGroup() as calls:
        made = 0
        while made < count:
            due = min(count, int((time.perf_counter() - begun) / every) + 1)
            for place in range(made, due):
                calls.create_task(make(begun + place * every))
            made = max(made, due)
            if made < count:
                await asyncio.sleep(max(0.0, begun + made * every - time.perf_counter()))
    return _summary(latencies, time.perf_counter() - begun)


def _summary(latencies: list[float], elapsed: float) -> dict[str, float]:
    latencies.sort()
    count = len(latencies)

    def share(part: float) -> float:
        return latencies[min(count - 1, int(part * count))]

    return {
        "perSecond": count / elapsed,
        "p50": share(0.5),
        "p95": share(0.95),
        "p99": share(0.99),
        "max": share(1),
        "count": count,
    }
