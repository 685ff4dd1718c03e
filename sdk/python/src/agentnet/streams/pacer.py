"""Sending no faster than a receiver takes."""

from agentnet_protocol import limits

from ..clock import Clock, pause


class Pacer:
    """Spends tokens that come at a steady rate, waiting where there is none. The mirror of a receiver's limit."""

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._tokens: float = burst
        self._filled_at = clock.elapsed()

    @property
    def ready_in(self) -> float:
        """Seconds until there is a token."""
        return max(0, (1 - self._fill()) / self._per_second)

    @property
    def is_full(self) -> bool:
        """Whether nothing was spent for so long that a new pacer would be the same."""
        return self._fill() >= self._burst

    async def take(self) -> None:
        """Spends one token, at once or when it comes."""
        wait = self.ready_in
        self._tokens -= 1
        if wait > 0:
            await pause(self._clock, wait)

    def _fill(self) -> float:
        now = self._clock.elapsed()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        return self._tokens


class Pacers:
    """One pacer for all streams of a session to one account."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pacers: dict[str, Pacer] = {}

    def of(self, account_id: str) -> Pacer:
        found = self._pacers.get(account_id)
        pacer = found or Pacer(limits.RATE_LIMIT_PER_SECOND, limits.STREAM_SEND_BURST, self._clock)
        self._pacers = {other: known for other, known in self._pacers.items() if not known.is_full}
        self._pacers[account_id] = pacer
        return pacer
