"""What the sessions of one account have taken, in a bucket of the NATS server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal, TypeAlias, TypeVar

from agentnet_protocol import Parsed, decode_json, encode_json, jetstream, limits
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import KeyValueConfig, StorageType
from nats.js.errors import APIError, BucketNotFoundError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KV_DEL, KV_PURGE, KeyValue

from ..clock import Clock, is_done_within, read_timestamp, timestamp
from ..connection.to_agentnet_error import to_agentnet_error
from ..errors import AgentNetError
from ..options import AgentOptions
from ..received_message import ReceivedMessage
from .incoming import Incoming
from .outcomes import payload_digest, scope_of

Entry: TypeAlias = dict[str, Any]
"""Spec: schema `DedupeEntry`."""

_Value = TypeVar("_Value")

_LAST_SECONDS = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc).timestamp()
"""The latest instant a timestamp can write."""

_STALE_REVISION = frozenset((10071, 10164))
"""The server's refusal of a write that is not based on the last revision."""

_NAME_IN_USE = 10058
"""The server's refusal to make a bucket that somebody else has just made."""


@dataclass(frozen=True)
class Claim:
    """A message this session took for its account."""

    name: str
    revision: int
    entry: Entry


@dataclass(frozen=True)
class Elsewhere:
    """A message that a session of the account took before."""

    name: str
    entry: Entry


class SharedOutcomes:
    """Spec: bucket `dedupe`, schema `DedupeEntry`, rule `inbox.duplicate.shared`."""

    def __init__(
        self,
        client: Client,
        options: AgentOptions,
        *,
        account_id: str,
        session_tag: str,
        on_degraded: Callable[[AgentNetError], object],
    ) -> None:
        """`on_degraded`: the bucket is missing or silent; this session decides by what it knows itself."""
        self._client = client
        self._options = options
        self._clock: Clock = options.clock
        self._account_id = account_id
        self._session_tag = session_tag
        self._on_degraded = on_degraded
        self._opening: asyncio.Task[KeyValue | None] | None = None
        self._followed = 0

    def reconnected(self) -> None:
        """The server may have changed, so look for the bucket again."""
        self._opening = None

    def name_of(self, message: ReceivedMessage) -> str | None:
        """The message's name in the bucket; None when it is not shared."""
        mode, key = self._options.shared_dedupe, message.idempotency_key
        if mode == "off" or self._options.dedupe_ttl_seconds == 0:
            return None
        if key is None and (mode == "keyed" or not message.message_id):
            return None
        parts = [scope_of(message), *(("id", message.message_id) if key is None else ("key", key))]
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        return f"{self._account_id}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    async def claim(self, name: str, incoming: Incoming) -> Claim | Elsewhere | None:
        """Takes the message for this session, unless another one has; None when the bucket cannot say."""
        entry = self._entry_of(incoming)
        body = encode_json(entry)

        async def take(bucket: KeyValue) -> Claim | Elsewhere | None:
            revision = await _unless_stale(bucket.create(name, body))
            if revision is not None:
                return Claim(name, revision, entry)
            found = await _find(bucket, name)
            earlier = found and _entry_in(found.value)
            if found is None or not earlier:
                return None
            if not self._is_over(earlier):
                return Elsewhere(name, earlier)
            taken = await _unless_stale(bucket.update(name, body, last=found.revision))
            return Elsewhere(name, earlier) if taken is None else Claim(name, taken, entry)

        return await self._with_bucket(take)

    async def find(self, name: str) -> Elsewhere | None:
        """Whether a session has taken the message."""

        async def look(bucket: KeyValue) -> Elsewhere | None:
            found = await _find(bucket, name)
            entry = found and _entry_in(found.value)
            return Elsewhere(name, entry) if entry and not self._is_over(entry) else None

        return await self._with_bucket(look)

    async def finish(self, claim: Claim, reply_payload: str | None) -> None:
        """Tells the other sessions that the message was handled, and with which reply."""
        done = {**claim.entry, "processed": True}
        if reply_payload is not None:
            done["reply_payload"] = reply_payload
        body = encode_json(done)
        await self._with_bucket(lambda bucket: _unless_stale(bucket.update(claim.name, body, last=claim.revision)))

    async def release(self, claim: Claim) -> None:
        """Gives a message back whose handling failed, so that any session runs the sender's retry."""
        await self._with_bucket(lambda bucket: _unless_stale(bucket.delete(claim.name, last=claim.revision)))

    async def follow(self, elsewhere: Elsewhere) -> Entry | Literal["failed"] | None:
        """Waits for the end of a message that another session runs; None when that cannot be known."""
        if self._followed >= limits.ATTACHED_RETRIES_MAX:
            return None
        self._followed += 1
        try:
            return await self._with_bucket(lambda bucket: self._end_of(bucket, elsewhere))
        finally:
            self._followed -= 1

    async def _end_of(self, bucket: KeyValue, elsewhere: Elsewhere) -> Entry | Literal["failed"] | None:
        # A wait on the clock, because the watcher has only a timeout per update.
        updates = await bucket.watch(elsewhere.name)
        remaining = max(0.0, _until(elsewhere.entry) - self._clock.now())
        following = asyncio.ensure_future(_last_of(updates))
        try:
            return following.result() if await is_done_within(self._clock, following, remaining) else None
        finally:
            following.cancel()
            await updates.stop()  # type: ignore[no-untyped-call]

    def _entry_of(self, incoming: Incoming) -> Entry:
        message, now = incoming.message, self._clock.now()
        until = max(now, incoming.expires_at or 0) + self._options.work_timeout_seconds
        entry: Entry = {
            "message_id": message.message_id,
            "session_tag": self._session_tag,
            "processed": False,
            "accepted_at": timestamp(now),
            "until": timestamp(min(until, _LAST_SECONDS)),
        }
        if message.idempotency_key is not None:
            entry["payload_sha256"] = payload_digest(incoming)
        return entry

    def _is_over(self, entry: Entry) -> bool:
        """Its session has crashed, or this one remembers for a shorter time than the bucket."""
        now = self._clock.now()
        is_forgotten = now >= _seconds_of(entry["accepted_at"]) + self._options.dedupe_ttl_seconds
        return is_forgotten or (not entry["processed"] and now >= _until(entry))

    async def _with_bucket(self, use: Callable[[KeyValue], Awaitable[_Value]]) -> _Value | None:
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
        bucket = await asyncio.shield(self._opening)
        if bucket is None:
            return None
        try:
            return await use(bucket)
        except Exception as cause:  # Whatever the store fails with, the session goes on by itself.
            self._on_degraded(to_agentnet_error(cause))
            return None

    async def _open(self) -> KeyValue | None:
        """Once per connection: a server without JetStream is not asked for every message."""
        try:
            return await _bucket_of(self._client.jetstream(timeout=limits.DEDUPE_CLAIM_TIMEOUT_MS / 1000))
        except Exception as cause:  # As above.
            self._on_degraded(to_agentnet_error(cause))
            return None


async def _bucket_of(context: JetStreamContext) -> KeyValue:
    """Whoever needs it first makes it."""
    name = jetstream.DEDUPE_BUCKET
    try:
        return await context.key_value(name)
    except BucketNotFoundError:
        ttl = limits.DEDUPE_BUCKET_TTL_MS / 1000
        wanted = KeyValueConfig(bucket=name, history=1, ttl=ttl, storage=StorageType.FILE, direct=True)
        try:
            return await context.create_key_value(wanted)
        except APIError as cause:
            if cause.err_code != _NAME_IN_USE:
                raise
            return await context.key_value(name)


async def _find(bucket: KeyValue, name: str) -> KeyValue.Entry | None:
    try:
        return await bucket.get(name)
    except KeyNotFoundError:
        return None


async def _unless_stale(write: Awaitable[_Value]) -> _Value | None:
    try:
        return await write
    except KeyWrongLastSequenceError:
        return None
    except APIError as cause:
        if cause.err_code not in _STALE_REVISION:
            raise
        return None


async def _last_of(updates: KeyValue.KeyWatcher) -> Entry | Literal["failed"] | None:
    async for update in updates:
        # None says that what was there before has been told.
        if update is None:
            continue
        if update.operation in (KV_DEL, KV_PURGE):
            return "failed"
        entry = _entry_in(update.value)
        if entry and entry["processed"]:
            return entry
    return None


def _entry_in(body: bytes | None) -> Entry | None:
    decoded = decode_json("DedupeEntry", body) if body else None
    return decoded.value if isinstance(decoded, Parsed) else None


def _until(entry: Entry) -> float:
    return _seconds_of(entry["until"])


def _seconds_of(text: str) -> float:
    return read_timestamp(text) or 0
