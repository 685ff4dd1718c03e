"""What a node tells its listeners."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .errors import AgentNetError

EventName: TypeAlias = Literal[
    "refused", "handled", "retry", "disconnected", "reconnected", "degraded", "forged", "error"
]


@dataclass(frozen=True)
class AgentEvent:
    """One event.

    `facts` by name: `refused` message, code, detail · `handled` message, duration_seconds · `retry` message_id, to,
    attempt (publishes: 2 is the first retry) · `disconnected` error · `reconnected` session_tag · `degraded` feature,
    error · `forged` what (reply or receipt), message_id, code: it was ignored, and whoever waits goes on waiting ·
    `error` error.
    """

    name: EventName
    facts: dict[str, Any]


EventListener: TypeAlias = Callable[[AgentEvent], object]


class EventBus:
    """The listeners of one node. Emitters ask `has` first, so that an event nobody hears is never built."""

    def __init__(self, on_error: Callable[[AgentNetError], object]) -> None:
        self._on_error = on_error
        self._listeners: defaultdict[str, list[EventListener]] = defaultdict(list)

    def on(self, name: EventName, listener: EventListener) -> Callable[[], None]:
        """Returns a function that ends it."""
        listeners = self._listeners[name]
        listeners.append(listener)
        return lambda: listeners.remove(listener) if listener in listeners else None

    def has(self, name: EventName) -> bool:
        return bool(self._listeners.get(name))

    def emit(self, name: EventName, **facts: Any) -> None:
        for listener in list(self._listeners.get(name, ())):
            try:
                listener(AgentEvent(name, facts))
            except Exception as cause:  # A listener can raise anything; what it heard of must not suffer.
                failure = AgentNetError("listener_failed", f"a listener of '{name}' failed")
                failure.__cause__ = cause
                self._on_error(failure)

    def report(self, error: AgentNetError) -> None:
        """The one way of errors nobody waits for."""
        self._on_error(error)
        if self.has("error"):
            self.emit("error", error=error)
