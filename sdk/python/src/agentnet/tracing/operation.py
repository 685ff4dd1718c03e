"""What spans of sending are about."""

from typing import Literal, TypeAlias

Operation: TypeAlias = Literal["send", "request", "reply", "stream", "ask_stream"]
