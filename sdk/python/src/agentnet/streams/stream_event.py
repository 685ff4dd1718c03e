"""Reading the payloads of a stream."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

StreamEventType: TypeAlias = Literal["stream_start", "stream_delta", "stream_end", "stream_error"]


@dataclass(frozen=True, kw_only=True)
class StreamEvent:
    """A stream payload as it was read: defaults filled in. Each type uses the fields it has in the spec."""

    type: StreamEventType
    stream_id: str
    role: str = "assistant"
    """Who speaks."""
    content_type: str = "text/plain"
    """Media type of the text."""
    first_seq: int | None = None
    """Of a start: the place of the first delta, if it says so."""
    seq: int = 0
    delta: str = ""
    text: str | None = None
    """Of an end: the whole text, if it says it."""
    error: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


_DIGITS = re.compile(r"[+-]?[0-9]+")
_MAX_PLACE = 2**53 - 1


def read_stream_event(payload: Any) -> StreamEvent | None:
    """Reads a payload as a stream event, as tolerantly as the protocol's first version does; None when it is none: an
    unknown type, no `stream_id`, a `stream_error` without `error`. Spec: rules `stream.read.defaults`,
    `stream.read.type`, `stream.read.none`."""
    if not isinstance(payload, dict):
        return None
    kind = _TYPES.get(_text_of(payload.get("type")).strip().lower())
    stream_id = _text_of(payload.get("stream_id"))
    error = _text_of(payload.get("error"))
    if kind is None or not stream_id.strip() or (kind == "stream_error" and not error.strip()):
        return None
    metadata, first_seq, text = payload.get("metadata"), payload.get("first_seq"), payload.get("text")
    return StreamEvent(
        type=kind,
        stream_id=stream_id,
        role=_text_of(payload.get("role")) or "assistant",
        content_type=_text_of(payload.get("content_type")) or "text/plain",
        first_seq=None if first_seq is None else _place_of(first_seq),
        seq=_place_of(payload.get("seq")),
        delta=_text_of(payload.get("delta")),
        text=text if isinstance(text, str) else None,
        error=error,
        metadata=metadata if isinstance(metadata, dict) else {},
    )


_TYPES: dict[str, StreamEventType] = {
    "stream_start": "stream_start",
    "stream_delta": "stream_delta",
    "stream_end": "stream_end",
    "stream_error": "stream_error",
}


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _place_of(value: Any) -> int:
    """A whole number of at least 0, also when it was written as text."""
    if isinstance(value, str):
        text = value.strip()
        # Longer ones are no place anyway, and reading them takes time.
        place = int(text) if len(text) <= 20 and _DIGITS.fullmatch(text) else 0
    elif isinstance(value, int | float) and not isinstance(value, bool):
        place = int(value) if abs(value) <= _MAX_PLACE else 0
    else:
        place = 0
    return place if 0 <= place <= _MAX_PLACE else 0
