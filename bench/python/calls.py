"""A closed loop of calls, and what it cost."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any


async def measure_calls(call: Callable[[], Awaitable[Any]], in_flight: int, count: int) -> dict[str, float]:
    """Makes `count` calls, `in_flight` at once; latencies are milliseconds."""
    latencies: list[float] = []
    left = count

    async def lane() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            at = time.perf_counter()
            await call()
            latencies.append((time.perf_counter() - at) * 1000)

    at = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(in_flight)))
    elapsed = time.perf_counter() - at
    latencies.sort()

    def share(part: float) -> float:
        return latencies[min(count - 1, int(part * count))]

    return {
        "perSecond": count / elapsed,
        "p50": share(0.5),
        "p95": share(0.95),
        "p99": share(0.99),
        "max": share(1),
    }
