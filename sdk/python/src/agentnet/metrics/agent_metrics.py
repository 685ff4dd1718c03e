"""Counters and latencies of one agent since it was made."""

from collections import deque
from typing import Any

from agentnet_protocol import ErrorCode, limits

_COUNTER_OF_CODE: dict[str, str] = {
    "timeout": "timeout_count",
    "handler_error": "error_count",
    "rate_limited": "rate_limited_count",
    "expired": "expired_count",
    "missing_ttl": "expired_count",
    "payload_too_large": "payload_rejected_count",
    "bad_message": "payload_rejected_count",
    "duplicate": "duplicate_count",
    "idempotency_key_reused": "duplicate_count",
    "busy": "busy_count",
}


class LatencyWindow:
    """The last durations of one operation."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=limits.METRICS_WINDOW_SIZE)

    def add(self, seconds: float) -> None:
        self._samples.append(seconds * 1000)

    def summary(self) -> dict[str, float]:
        """Milliseconds, rounded to two places; zeros before the first sample."""
        ordered = sorted(self._samples)

        def at(share: float) -> float:
            return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else 0

        return {"count": len(ordered), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99)}


class AgentMetrics:
    """Spec: the snapshot's keys are those of the protocol's first version."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = dict.fromkeys(
            (
                "processed_count",
                "dropped_count",
                "timeout_count",
                "error_count",
                "rate_limited_count",
                "expired_count",
                "payload_rejected_count",
                "duplicate_count",
                "busy_count",
                "retry_count",
                "receipt_timeout_count",
                "forged_count",
            ),
            0,
        )
        self.latency = {name: LatencyWindow() for name in ("send_account", "request_account", "resolve_username")}
        self._handled = 0
        self._handled_seconds = 0.0

    def add_handling(self, seconds: float) -> None:
        self._handled += 1
        self._handled_seconds += seconds

    def count(self, name: str) -> None:
        self.counters[name] += 1

    def count_refusal(self, code: ErrorCode) -> None:
        """Counts a message that was refused at the door or whose handling failed."""
        if code in _COUNTER_OF_CODE:
            self.counters[_COUNTER_OF_CODE[code]] += 1
        if code not in ("handler_error", "timeout"):
            self.counters["dropped_count"] += 1

    def snapshot(self) -> dict[str, Any]:
        average = self._handled_seconds * 1000 / self._handled if self._handled else 0.0
        return {
            **self.counters,
            "avg_handle_ms": round(average, 2),
            "latency_ms": {name: window.summary() for name, window in self.latency.items()},
        }


def no_session(resolve_cache_ttl_seconds: float) -> dict[str, Any]:
    """A session's part of a snapshot, where there is none."""
    nobody = dict.fromkeys(("account_id", "username", "session_tag"))
    cache = {"ttl_seconds": resolve_cache_ttl_seconds, "size": 0, "hits": 0, "misses": 0}
    return {**nobody, "inflight_count": 0, "pending_count": 0, "circuit_open": False, "username_cache": cache}
