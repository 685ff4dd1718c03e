"""The keys of other accounts, as the registry tells them."""

import asyncio
from typing import Any

from agentnet.errors import RemoteError, TransportError
from agentnet.identity.key_ring import AccountKeys, FoundKeys, KeyRing
from agentnet_protocol import ResolveKeyReply, ResolveKeyRequest, limits
from harness.clocks import ManualClock
from harness.raw_client import PATIENCE

RESOLVED_AT = "2026-02-21T08:00:00Z"


class ToldRegistry:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._waiting: asyncio.Queue[asyncio.Future[ResolveKeyReply]] = asyncio.Queue()

    async def resolve_key(self, request: ResolveKeyRequest, *, timeout_ms: int | None = None) -> ResolveKeyReply:
        self.asked.append(str(request.account_id))
        answer: asyncio.Future[ResolveKeyReply] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait(answer)
        return await answer

    async def answer(self, text: str, **more: str) -> None:
        """Once somebody has asked: a key, or the trouble with it."""
        waiting = await asyncio.wait_for(self._waiting.get(), PATIENCE)
        if text == "revoked":
            waiting.set_exception(RemoteError("auth_key_revoked", "revoked"))
        elif text == "not found":
            waiting.set_exception(RemoteError("not_found", "no key"))
        elif text == "silence":
            waiting.set_exception(TransportError("request_timeout", "no reply"))
        else:
            fields = {"account_id": "acct_a", "public_key": text, "resolved_at": RESOLVED_AT, **more}
            waiting.set_result(ResolveKeyReply.model_validate(fields))


def key_ring() -> tuple[KeyRing, ManualClock, ToldRegistry]:
    clock, registry = ManualClock(), ToldRegistry()
    asked: Any = registry
    return KeyRing(asked, clock), clock, registry


def key_of(found: FoundKeys) -> str:
    return found.public_key if isinstance(found, AccountKeys) else found


async def test_given_an_unknown_account_when_fifty_ask_at_once_then_one_question_answers_all_in_their_order() -> None:
    """auth.key-lookup.bounded"""
    keys, _, registry = key_ring()
    order: list[int] = []

    async def find(index: int) -> FoundKeys:
        found = await keys.find("acct_a")
        order.append(index)
        return found

    finding = [asyncio.ensure_future(find(index)) for index in range(50)]
    await registry.answer("key")
    assert {key_of(found) for found in await asyncio.gather(*finding)} == {"key"}
    assert (order, registry.asked) == (list(range(50)), ["acct_a"])


async def test_given_a_known_key_when_asked_again_then_it_comes_at_once_until_its_time_is_over() -> None:
    """auth.key-lookup.bounded"""
    keys, clock, registry = key_ring()
    finding = asyncio.ensure_future(keys.find("acct_a"))
    await registry.answer("key")
    await finding
    clock.advance(limits.AUTH_KEY_CACHE_TTL_MS / 1000 - 1)
    assert key_of(await keys.find("acct_a")) == "key"
    clock.advance(1)
    assert keys.remembered("acct_a") is None
    again = asyncio.ensure_future(keys.find("acct_a"))
    await registry.answer("other")
    assert key_of(await again) == "other"


async def test_given_trouble_when_asked_again_then_the_registry_is_left_alone_for_a_while() -> None:
    """auth.key-lookup.bounded"""
    for trouble in ("not found", "silence"):
        keys, clock, registry = key_ring()
        finding = asyncio.ensure_future(keys.find("acct_a"))
        await registry.answer(trouble)
        assert [await finding, await keys.find("acct_a")] == ["auth_key_not_found"] * 2
        clock.advance(limits.AUTH_KEY_MISS_TTL_MS / 1000)
        again = asyncio.ensure_future(keys.find("acct_a"))
        await registry.answer("key")
        assert key_of(await again) == "key"
        assert len(registry.asked) == 2


async def test_given_a_hung_registry_when_too_many_wait_then_further_ones_are_refused_and_known_keys_still_come() -> (
    None
):
    """auth.key-lookup.bounded"""
    keys, _, registry = key_ring()
    known = asyncio.ensure_future(keys.find("acct_known"))
    await registry.answer("key")
    await known
    waiting = [asyncio.ensure_future(keys.find(f"acct_{at}")) for at in range(limits.AUTH_KEY_WAIT_MAX)]
    for _ in waiting:
        await asyncio.sleep(0)
    assert await keys.find("acct_more") == "auth_key_not_found"
    assert key_of(await keys.find("acct_known")) == "key"
    for _ in waiting:
        await registry.answer("not found")
    await asyncio.gather(*waiting)
    more = asyncio.ensure_future(keys.find("acct_more"))
    await registry.answer("late")
    assert key_of(await more) == "late"


async def test_given_a_key_that_changed_when_forgotten_while_asked_for_then_the_old_answer_is_not_remembered() -> None:
    """auth.key.change"""
    keys, _, registry = key_ring()
    before = asyncio.ensure_future(keys.find("acct_a"))
    await asyncio.sleep(0)
    keys.forget("acct_a")
    after = asyncio.ensure_future(keys.find("acct_a"))
    await registry.answer("old")
    await registry.answer("revoked")
    assert [key_of(await before), await after, await keys.find("acct_a")] == [
        "old",
        "auth_key_revoked",
        "auth_key_revoked",
    ]
    assert len(registry.asked) == 2


async def test_given_a_known_account_when_another_key_is_met_then_the_registry_is_asked_again_but_seldom() -> None:
    """auth.key.change"""
    keys, clock, registry = key_ring()
    finding = asyncio.ensure_future(keys.find("acct_a"))
    await registry.answer("old")
    await finding
    assert key_of(await keys.find_other("acct_a")) == "old"
    clock.advance(limits.AUTH_KEY_ASK_AGAIN_MS / 1000)
    again = asyncio.ensure_future(keys.find_other("acct_a"))
    await registry.answer("new")
    assert [key_of(await again), key_of(await keys.find_other("acct_a"))] == ["new", "new"]
    remembered = keys.remembered("acct_a")
    assert remembered and remembered.public_key == "new"
    keys.forget_all()
    assert (keys.remembered("acct_a"), len(registry.asked)) == (None, 2)


async def test_given_a_key_that_was_replaced_when_read_then_the_old_one_counts_for_as_long_as_the_registry_says() -> (
    None
):
    """auth.key.rotate: whatever the two clocks say."""
    keys, _, registry = key_ring()
    told = {"previous_public_key": "old", "previous_valid_until": "2026-02-21T08:10:00Z", "scheme": "ed25519-v2"}
    finding = asyncio.ensure_future(keys.find("acct_a"))
    await registry.answer("new", **told)
    found = await finding
    assert isinstance(found, AccountKeys) and found.previous
    assert (found.scheme, found.previous.public_key, found.previous.expires_at) == ("ed25519-v2", "old", 600)
    keys.forget("acct_a")
    over = asyncio.ensure_future(keys.find("acct_a"))
    await registry.answer("new", **{**told, "previous_valid_until": RESOLVED_AT})
    found = await over
    assert isinstance(found, AccountKeys) and found.previous is None
