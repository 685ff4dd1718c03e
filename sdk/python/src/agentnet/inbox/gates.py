"""Reasons to refuse a message. First refusal wins; the order is part of the protocol."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from agentnet_protocol import limits

from .incoming import Incoming
from .limits_per_sender import sender_of
from .refusal import Refusal, refusal_of

if TYPE_CHECKING:
    from .inbox import Inbox

Gate = Callable[[Incoming, "Inbox"], Refusal | None]

EXPIRED = refusal_of("expired")
SERVICE_DEGRADED = refusal_of("service_degraded")
SHUTTING_DOWN = refusal_of("shutting_down")
_BUSY = refusal_of("busy")
_MISSING_TTL = refusal_of("missing_ttl")
_RATE_LIMITED = refusal_of("rate_limited")
_VERSION_INVALID = refusal_of("schema_version_invalid")
_VERSION_UNSUPPORTED = refusal_of("unsupported_schema_version")

# What the protocol's first version reads as an integer: digits of any script, single underscores between them.
_INTEGER = re.compile(r"[+-]?\d+(?:_\d+)*")


def schema_version(incoming: Incoming, inbox: Inbox) -> Refusal | None:
    """Refuses envelopes of another major version: the integer before the first dot."""
    major = incoming.message.schema_version.strip().split(".", 1)[0].strip()
    if not _INTEGER.fullmatch(major):
        return _VERSION_INVALID
    return None if int(major) == limits.SUPPORTED_SCHEMA_MAJOR else _VERSION_UNSUPPORTED


def accepting(incoming: Incoming, inbox: Inbox) -> Refusal | None:
    """Refuses what arrives after the session has stopped taking work."""
    return None if inbox.is_accepting else SHUTTING_DOWN


def breaker(incoming: Incoming, inbox: Inbox) -> Refusal | None:
    """Refuses a sender whose messages failed too often in a row."""
    return SERVICE_DEGRADED if inbox.breakers.is_open(sender_of(incoming.message)) else None


def ttl(incoming: Incoming, inbox: Inbox) -> Refusal | None:
    """Refuses a message without a usable deadline, or whose deadline has passed."""
    if incoming.expires_at is None:
        return _MISSING_TTL
    return EXPIRED if inbox.clock.now() >= incoming.expires_at else None


def duplicate(incoming: Incoming, inbox: Inbox) -> Refusal | None:
    """Refuses what was accepted before and has not failed since. A retry must not cost a rate token."""
    return inbox.outcomes.repetition_of(incoming)


def rate_limit(incoming: Incoming, inbox: Inbox) -> Refusal | None:
    """Refuses a sender that writes too fast. The events of a stream it has opened have a limit of their own."""
    message, event = incoming.message, incoming.event
    is_part = event is not None and inbox.streams.open.is_part_of_one(message, event)
    rates = inbox.streams.rates if is_part else inbox.rates
    return None if rates.take(sender_of(message)) else _RATE_LIMITED


def capacity(incoming: Incoming, inbox: Inbox) -> Refusal | None:
    """Refuses what neither a worker nor the queue can take."""
    has_room = inbox.streams.lanes.has_room if incoming.event else inbox.queue.has_room_beside(inbox.claiming)
    return None if has_room else _BUSY


AFTER_SIGNATURE: tuple[Gate, ...] = (accepting, breaker, ttl, duplicate, rate_limit, capacity)
