"""The account of a username."""

from dataclasses import dataclass
from typing import Any

from agentnet_protocol import RegistryClient, ResolveAccountRequest, is_valid, limits

from ..clock import Clock
from ..connection.to_agentnet_error import with_own_errors
from ..errors import RemoteError, ValidationError
from ..metrics.agent_metrics import LatencyWindow


@dataclass(frozen=True)
class _Entry:
    account_id: str
    expires_at: float


class UsernameResolver:
    """Asks the registry and remembers. A refusal by the registry is final: no other source is asked."""

    def __init__(self, registry: RegistryClient, *, clock: Clock, ttl_seconds: float, latency: LatencyWindow) -> None:
        self._registry = registry
        self._clock = clock
        self._ttl_seconds = ttl_seconds
        self._latency = latency
        self._known: dict[str, _Entry] = {}
        self._hits = 0
        self._misses = 0

    @property
    def statistics(self) -> dict[str, float]:
        return {
            "ttl_seconds": self._ttl_seconds,
            "size": len(self._known),
            "hits": self._hits,
            "misses": self._misses,
        }

    async def resolve(self, username: Any) -> str:
        """Returns the account id.

        Raises:
            AgentNetError: `invalid_target`, `not_found`, `registry_unavailable`, `request_timeout`
        """
        name = _lookup_name(username)
        entry = self._known.get(name)
        if entry and entry.expires_at > self._clock.elapsed():
            self._hits += 1
            return entry.account_id
        self._misses += 1
        return await self._ask(name)

    async def _ask(self, name: str) -> str:
        started = self._clock.elapsed()
        try:
            reply = await with_own_errors(self._registry.resolve_account(ResolveAccountRequest(username=name)))
        except RemoteError as refusal:
            if refusal.code != "not_found":
                raise
            self._known.pop(name, None)
            raise RemoteError("not_found", f"no account found for username '{name}'") from refusal
        finally:
            self._latency.add(self._clock.elapsed() - started)
        self._remember(name, reply.account_id)
        return reply.account_id

    def _remember(self, name: str, account_id: str) -> None:
        if self._ttl_seconds == 0:
            return
        self._known.pop(name, None)
        self._known[name] = _Entry(account_id, self._clock.elapsed() + self._ttl_seconds)
        if len(self._known) > limits.RESOLVE_CACHE_MAX_ENTRIES:
            del self._known[next(iter(self._known))]


def _lookup_name(username: Any) -> str:
    name = username.strip().lower().lstrip("@").strip() if isinstance(username, str) else ""
    if not name or not is_valid("UsernameText", name):
        raise ValidationError("invalid_target", f"{username!r} is no username")
    return name
