"""The public keys of other accounts."""

import asyncio

from agentnet_protocol import RegistryClient, ResolveKeyRequest, limits

from ..clock import Clock
from ..connection.to_agentnet_error import with_own_errors
from ..errors import AgentNetError


class KeyRing:
    """Keys from the registry. One lookup serves all who wait for it, and failures are remembered for a while."""

    def __init__(self, registry: RegistryClient, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._known: dict[str, tuple[str, float]] = {}
        # Apart from the keys, so that made-up senders cannot crowd them out.
        self._missing: dict[str, float] = {}
        self._asked: dict[str, asyncio.Future[str | None]] = {}
        self._waiting = 0

    async def find(self, account_id: str) -> str | None:
        """The key bound to an account; None when none can be found."""
        now = self._clock.elapsed()
        public_key, expires_at = self._known.get(account_id, ("", 0.0))
        if public_key and now < expires_at:
            return public_key
        if now < self._missing.get(account_id, -1.0) or self._waiting >= limits.AUTH_KEY_WAIT_MAX:
            return None
        asked = self._asked.get(account_id)
        if asked is None:
            asked = self._asked[account_id] = asyncio.ensure_future(self._look_up(account_id))
        self._waiting += 1
        try:
            return await asyncio.shield(asked)
        finally:
            self._waiting -= 1

    async def _look_up(self, account_id: str) -> str | None:
        try:
            request = ResolveKeyRequest(account_id=account_id)
            reply = await with_own_errors(self._registry.resolve_key(request, timeout_ms=limits.RESOLVE_TIMEOUT_MS))
        except AgentNetError:
            # Whatever goes wrong, the sender is told the same: no key.
            _remember(self._missing, account_id, self._clock.elapsed() + limits.AUTH_KEY_MISS_TTL_MS / 1000)
            return None
        finally:
            self._asked.pop(account_id, None)
        until = self._clock.elapsed() + limits.AUTH_KEY_CACHE_TTL_MS / 1000
        _remember(self._known, account_id, (reply.public_key, until))
        return reply.public_key


def _remember(memory: "dict[str, tuple[str, float]] | dict[str, float]", account_id: str, value: object) -> None:
    memory.pop(account_id, None)
    memory[account_id] = value  # type: ignore[assignment] # each memory is given its own kind of value
    if len(memory) > limits.AUTH_KEY_CACHE_MAX_ENTRIES:
        del memory[next(iter(memory))]
