"""The public keys of other accounts."""

import asyncio
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from agentnet_protocol import RegistryClient, ResolveKeyReply, ResolveKeyRequest, limits, parse_instant

from ..clock import Clock
from ..connection.to_agentnet_error import with_own_errors
from ..errors import AgentNetError


@dataclass(frozen=True)
class PreviousKey:
    """A key that was replaced."""

    public_key: str
    expires_at: float
    """Until when it counts, by the clock's `elapsed`."""


@dataclass(frozen=True)
class AccountKeys:
    """The keys of one account, as the registry said."""

    public_key: str
    scheme: str | None = None
    """How every session of the account signs; None where the registry does not say."""
    previous: PreviousKey | None = None


NoKeys: TypeAlias = Literal["auth_key_not_found", "auth_key_revoked"]
"""Why there is no key."""

FoundKeys: TypeAlias = AccountKeys | NoKeys
"""What is known of an account."""

_Fact = TypeVar("_Fact")


@dataclass(frozen=True)
class _Known:
    keys: AccountKeys
    asked_at: float
    expires_at: float


@dataclass(frozen=True)
class _Missing:
    why: NoKeys
    expires_at: float


class KeyRing:
    """Keys from the registry. One lookup serves all who wait for it, and failures are remembered for a while."""

    def __init__(self, registry: RegistryClient, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._known: dict[str, _Known] = {}
        # Apart from the keys, so that made-up senders cannot crowd them out.
        self._missing: dict[str, _Missing] = {}
        self._asked: dict[str, asyncio.Task[FoundKeys]] = {}
        self._waiting = 0

    async def find(self, account_id: str) -> FoundKeys:
        """The keys of an account, or why there are none. Suspends only when the registry has to be asked, so that
        messages whose key is known never wait for those whose is not, and each sender's messages stay in order."""
        now = self._clock.elapsed()
        known = self._known.get(account_id)
        if known and now < known.expires_at:
            return known.keys
        missing = self._missing.get(account_id)
        if missing and now < missing.expires_at:
            return missing.why
        return await self._ask(account_id)

    async def find_other(self, account_id: str) -> FoundKeys:
        """The keys of an account that signed with one that is not among those remembered: a little later they are asked
        for again."""
        known = self._known.get(account_id)
        if known and self._clock.elapsed() < known.asked_at + limits.AUTH_KEY_ASK_AGAIN_MS / 1000:
            return known.keys
        return await self._ask(account_id)

    def remembered(self, account_id: str) -> AccountKeys | None:
        """What is remembered of an account, without asking anybody."""
        known = self._known.get(account_id)
        return known.keys if known and self._clock.elapsed() < known.expires_at else None

    def forget(self, account_id: str) -> None:
        """The account's key changed; an answer that is under way may be an old one."""
        self._known.pop(account_id, None)
        self._missing.pop(account_id, None)
        self._asked.pop(account_id, None)

    def forget_all(self) -> None:
        """Everything may have changed while nobody could tell."""
        self._known.clear()
        self._missing.clear()
        self._asked.clear()

    async def _ask(self, account_id: str) -> FoundKeys:
        if self._waiting >= limits.AUTH_KEY_WAIT_MAX:
            return "auth_key_not_found"
        asked = self._asked.get(account_id)
        if asked is None:
            asked = self._asked[account_id] = asyncio.ensure_future(self._look_up(account_id))
        self._waiting += 1
        try:
            return await asyncio.shield(asked)
        finally:
            self._waiting -= 1

    async def _look_up(self, account_id: str) -> FoundKeys:
        asked_at = self._clock.elapsed()
        found = await self._question(account_id)
        # Unless it was forgotten meanwhile.
        if self._asked.get(account_id) is asyncio.current_task():
            del self._asked[account_id]
            self._keep(account_id, found, asked_at)
        return found

    def _keep(self, account_id: str, found: FoundKeys, asked_at: float) -> None:
        now = self._clock.elapsed()
        if isinstance(found, AccountKeys):
            self._missing.pop(account_id, None)
            known = _Known(found, asked_at, now + limits.AUTH_KEY_CACHE_TTL_MS / 1000)
            _remember(self._known, account_id, known)
        else:
            self._known.pop(account_id, None)
            _remember(self._missing, account_id, _Missing(found, now + limits.AUTH_KEY_MISS_TTL_MS / 1000))

    async def _question(self, account_id: str) -> FoundKeys:
        """Whatever goes wrong, the sender is told the same: no key."""
        try:
            request = ResolveKeyRequest(account_id=account_id)
            reply = await with_own_errors(self._registry.resolve_key(request, timeout_ms=limits.RESOLVE_TIMEOUT_MS))
        except AgentNetError as cause:
            return "auth_key_revoked" if cause.code == "auth_key_revoked" else "auth_key_not_found"
        return self._read(reply)

    def _read(self, reply: ResolveKeyReply) -> AccountKeys:
        """The registry's clock may differ from this one, the time between two of its instants does not."""
        until, now = parse_instant(reply.previous_valid_until or ""), parse_instant(reply.resolved_at)
        left = (until - now).total_seconds() if until and now else 0
        previous = None
        if reply.previous_public_key is not None and left > 0:
            previous = PreviousKey(reply.previous_public_key, self._clock.elapsed() + left)
        return AccountKeys(reply.public_key, reply.scheme, previous)


def _remember(memory: dict[str, _Fact], account_id: str, fact: _Fact) -> None:
    memory.pop(account_id, None)
    memory[account_id] = fact
    if len(memory) > limits.AUTH_KEY_CACHE_MAX_ENTRIES:
        del memory[next(iter(memory))]
