"""What is counted per sender: rate and failures."""

import math
from dataclasses import dataclass

from agentnet_protocol import limits

from ..clock import Clock
from ..received_message import ReceivedMessage


def sender_of(message: ReceivedMessage) -> str:
    """The account, else the label. Not the session tag, which a sender may make up anew for each message."""
    if message.from_account_id is not None:
        return f"account:{message.from_account_id}"
    return "unknown" if message.from_agent is None else f"agent:{message.from_agent}"


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class RateLimiter:
    """A token bucket per sender. It starts full and refills continuously."""

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        # Ordered by last use, so that idle ones are at the front.
        self._buckets: dict[str, _Bucket] = {}

    def take(self, sender: str) -> bool:
        """Spends one token; False when there is none."""
        if self._per_second == math.inf:
            return True
        now = self._clock.elapsed()
        bucket = self._buckets.pop(sender, None) or _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.filled_at) * self._per_second)
        bucket.filled_at = now
        self._buckets[sender] = bucket
        self._sweep(now)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def give_back(self, sender: str) -> None:
        """Undoes a `take` that turned out not to count."""
        bucket = self._buckets.get(sender)
        if bucket:
            bucket.tokens = min(self._burst, bucket.tokens + 1)

    def _sweep(self, now: float) -> None:
        """A bucket idle long enough to be full again says nothing that a new one would not."""
        idle_since = now - self._burst / self._per_second
        for sender, bucket in list(self._buckets.items())[:2]:
            if bucket.filled_at > idle_since and len(self._buckets) <= limits.SENDER_MAX_ENTRIES:
                return
            del self._buckets[sender]


@dataclass
class _Circuit:
    failures: int = 0
    retry_at: float | None = None
    """When an open circuit lets one message through to try; None while closed."""
    is_probing: bool = False


class Breakers:
    """A circuit breaker per sender, so that one sender's bad messages do not shut the agent to everybody."""

    def __init__(self, failures: int, reset_seconds: float, clock: Clock) -> None:
        self._failures = failures
        self._reset_seconds = reset_seconds
        self._clock = clock
        self._circuits: dict[str, _Circuit] = {}

    @property
    def is_any_open(self) -> bool:
        return any(self.is_open(sender) for sender in self._circuits)

    def is_open(self, sender: str) -> bool:
        """Whether the sender's messages are refused now; after the reset time one message at a time is not."""
        circuit = self._circuits.get(sender)
        if circuit is None or circuit.retry_at is None:
            return False
        return circuit.is_probing or self._clock.elapsed() < circuit.retry_at

    def begin(self, sender: str) -> bool:
        """A handler starts on the sender's message; False when the circuit has opened since it was accepted."""
        if self.is_open(sender):
            return False
        circuit = self._circuits.get(sender)
        if circuit and circuit.retry_at is not None:
            circuit.is_probing = True
        return True

    def succeed(self, sender: str) -> None:
        circuit = self._circuits.get(sender)
        if circuit is None:
            return
        # An older message that ends well does not close a circuit that opened meanwhile; the probe does.
        if circuit.retry_at is None or circuit.is_probing:
            del self._circuits[sender]
        else:
            circuit.failures = 0

    def fail(self, sender: str) -> None:
        circuit = self._circuits.pop(sender, None) or _Circuit()
        circuit.failures += 1
        if circuit.is_probing or circuit.failures >= self._failures:
            circuit.retry_at = self._clock.elapsed() + self._reset_seconds
            circuit.failures = 0
            circuit.is_probing = False
        self._circuits[sender] = circuit
        if len(self._circuits) > limits.SENDER_MAX_ENTRIES:
            del self._circuits[next(iter(self._circuits))]
