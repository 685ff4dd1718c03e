"""What may travel."""

import math
from typing import Any

from agentnet_protocol import limits

from ..errors import ValidationError


def require_json_payload(payload: Any, path: str = "payload", depth: int = 1) -> None:
    """Refuses what JSON cannot say, U+0000 and lone surrogates, and what is nested deeper than receivers read.

    Raises:
        ValidationError: `invalid_payload`
    """
    if payload is None or isinstance(payload, bool | int):
        return
    if isinstance(payload, str):
        _require_sayable_text(payload, path)
    elif isinstance(payload, float):
        if not math.isfinite(payload):
            raise ValidationError("invalid_payload", f"{path} is {payload}, which JSON cannot say")
    elif isinstance(payload, dict | list | tuple):
        # The envelope around the payload is one level.
        if depth >= limits.JSON_MAX_DEPTH:
            raise ValidationError("invalid_payload", f"the payload is nested deeper than {limits.JSON_MAX_DEPTH - 1}")
        _require_members(payload, path, depth)
    else:
        raise ValidationError("invalid_payload", f"{path} is {type(payload).__name__}, which JSON cannot say")


def _require_members(payload: "dict[Any, Any] | list[Any] | tuple[Any, ...]", path: str, depth: int) -> None:
    if not isinstance(payload, dict):
        for index, item in enumerate(payload):
            require_json_payload(item, f"{path}.{index}", depth + 1)
        return
    for key, item in payload.items():
        if not isinstance(key, str):
            detail = f"{path} has the key {key!r}; keys of JSON objects are texts"
            raise ValidationError("invalid_payload", detail)
        _require_sayable_text(key, f"a key of {path}")
        require_json_payload(item, f"{path}.{key}", depth + 1)


def _require_sayable_text(text: str, path: str) -> None:
    if "\0" in text:
        raise ValidationError("invalid_payload", f"{path} holds U+0000")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValidationError("invalid_payload", f"{path} holds a lone surrogate") from None
