"""Tokens of subjects."""

import re
from typing import Any

from .errors import ProtocolError


def require_token(name: str, value: Any, grammar: re.Pattern[str]) -> str:
    """Returns `value`.

    Raises:
        ProtocolError: `invalid_subject_token`
    """
    if isinstance(value, str) and grammar.search(value):
        return value
    shown = ascii(value[:100]) if isinstance(value, str) else type(value).__name__
    raise ProtocolError("invalid_subject_token", f"{name} must match {grammar.pattern}, got {shown}")
