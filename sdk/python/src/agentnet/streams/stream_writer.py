"""Writing the payloads of one stream."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from ..clock import timestamp
from ..require_option import require_schema


@dataclass(frozen=True, kw_only=True)
class StreamDescription:
    """What a stream says about itself. Raises `ValidationError` `invalid_option`."""

    stream_id: str = field(default_factory=lambda: f"stream_{uuid.uuid4().hex}")
    """Names the stream within its thread. Default: a new unique id."""
    role: str = "assistant"
    """Who speaks."""
    content_type: str = "text/plain"
    """Media type of the text."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """Anything else."""

    def __post_init__(self) -> None:
        require_schema("the stream", "StreamStart", StreamWriter(self).start(0))


class StreamWriter:
    """Deltas are numbered from 1: readers that take 0 for an absent `seq` would mistake delta 0 for the start."""

    def __init__(self, description: StreamDescription) -> None:
        self.stream_id = description.stream_id
        self._spoken = {
            "stream_id": description.stream_id,
            "role": description.role,
            "content_type": description.content_type,
        }
        self._metadata = description.metadata
        self._seq = 1

    @property
    def deltas(self) -> int:
        """Deltas written so far."""
        return self._seq - 1

    def start(self, now: float) -> dict[str, Any]:
        opening = {"first_seq": 1, "started_at": timestamp(now), "metadata": self._metadata}
        return {"type": "stream_start", **self._spoken, **opening}

    def delta(self, delta: str) -> dict[str, Any]:
        seq, self._seq = self._seq, self._seq + 1
        return {"type": "stream_delta", **self._spoken, "delta": delta, "seq": seq}

    def end(self, text: str | None, now: float) -> dict[str, Any]:
        """`text`: the whole text; left out when no message can hold it."""
        event: dict[str, Any] = {"type": "stream_end", **self._spoken, "seq": self._seq}
        if text is not None:
            event["text"] = text
        return {**event, "finished_at": timestamp(now), "metadata": self._metadata}

    def error(self, error: str, now: float) -> dict[str, Any]:
        return {
            "type": "stream_error",
            "stream_id": self.stream_id,
            "error": error,
            "seq": self._seq,
            "finished_at": timestamp(now),
            "metadata": self._metadata,
        }
