"""Values of options: read strictly, never clamped."""

import json
import math
from collections.abc import Callable
from typing import Any

from agentnet_protocol import Parsed, parse_json

from ..errors import ValidationError


def whole_number(flag: str, *, least: int, most: int) -> Callable[[str], int]:
    """Makes a parser that raises ValidationError `invalid_option` outside the range."""
    parse = number(flag, least=least, most=most, kind="a whole number")

    def parse_whole(text: str) -> int:
        value = parse(text)
        if value != int(value):
            raise _outside(flag, "a whole number", least, most, text)
        return int(value)

    return parse_whole


def number(flag: str, *, least: float, most: float, kind: str = "a number") -> Callable[[str], float]:
    """Makes a parser that raises ValidationError `invalid_option` outside the range."""

    def parse(text: str) -> float:
        try:
            value = float("nan" if "_" in text else text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise _outside(flag, kind, least, most, text)
        return value

    return parse


def parse_payload(text: str) -> Any:
    """Raises: ValidationError: `invalid_payload`"""
    parsed = parse_json(text.encode("utf-8", "surrogateescape")) if text else None
    if isinstance(parsed, Parsed):
        return parsed.value
    raise ValidationError("invalid_payload", f"the payload is not JSON: {parsed.detail if parsed else 'it is empty'}")


def _outside(flag: str, kind: str, least: float, most: float, text: str) -> ValidationError:
    return ValidationError("invalid_option", f"{flag} must be {kind} from {least} to {most}, got {json.dumps(text)}")
