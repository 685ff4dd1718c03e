"""What may travel."""

import math
from collections.abc import Iterable
from typing import Any

from agentnet_protocol import RawJson, limits

from ..errors import ValidationError


def require_json_payload(payload: Any) -> None:
    """Refuses what JSON cannot say, U+0000 and lone surrogates, and what is nested deeper than receivers read.

    Raises:
        ValidationError: `invalid_payload`
    """
    if _is_plain(payload):
        return
    # A list, not recursion: Python's own limit may be nearer than the protocol's. Last in, first out, so that a value
    # that contains itself soon is too deep.
    pending: list[tuple[Any, str, int]] = [(payload, "payload", 1)]
    while pending:
        value, path, depth = pending.pop()
        if isinstance(value, dict | list | tuple):
            # The envelope around the payload is one level.
            if depth >= limits.JSON_MAX_DEPTH:
                detail = f"the payload is nested deeper than {limits.JSON_MAX_DEPTH - 1}"
                raise ValidationError("invalid_payload", detail)
            pending += [(item, f"{path}.{name}", depth + 1) for name, item in _members_of(value, path)]
        else:
            _require_sayable(value, path)


def _is_plain(payload: Any) -> bool:
    """A quick yes to what most payloads are: one level of ASCII texts, whole numbers, true, false and null."""
    if type(payload) is not dict:
        return _is_plain_scalar(payload)
    return all(type(key) is str and _is_plain_scalar(key) and _is_plain_scalar(item) for key, item in payload.items())


def _is_plain_scalar(value: Any) -> bool:
    if type(value) is str:
        return value.isascii() and "\0" not in value
    return value is None or type(value) is int or type(value) is bool


def _members_of(value: "dict[Any, Any] | list[Any] | tuple[Any, ...]", path: str) -> Iterable[tuple[Any, Any]]:
    if not isinstance(value, dict):
        return enumerate(value)
    for key in value:
        if not isinstance(key, str):
            detail = f"{path} has the key {key!r}; keys of JSON objects are texts"
            raise ValidationError("invalid_payload", detail)
        _require_sayable_text(key, f"a key of {path}")
    return value.items()


def _require_sayable(value: Any, path: str) -> None:
    if value is None or isinstance(value, bool | int | RawJson):
        return
    if isinstance(value, str):
        _require_sayable_text(value, path)
    elif not isinstance(value, float):
        raise ValidationError("invalid_payload", f"{path} is {type(value).__name__}, which JSON cannot say")
    elif not math.isfinite(value):
        raise ValidationError("invalid_payload", f"{path} is {value}, which JSON cannot say")


def _require_sayable_text(text: str, path: str) -> None:
    if "\0" in text:
        raise ValidationError("invalid_payload", f"{path} holds U+0000")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValidationError("invalid_payload", f"{path} holds a lone surrogate") from None
