"""What is wrong with a value, in words of JSON Schema."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong with a value."""

    path: str
    """JSON pointer to the offending part, empty for the root."""
    keyword: str
    """The JSON Schema keyword that is broken."""
    message: str
    """For people: `must be integer`."""


_KEYWORDS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("required", "must have the field '{field}'"),
    "extra_forbidden": ("additionalProperties", "must not have the field '{field}'"),
    "model_type": ("type", "must be object"),
    "model_attributes_type": ("type", "must be object"),
    "dict_type": ("type", "must be object"),
    "list_type": ("type", "must be array"),
    "string_unicode": ("enum", "must not hold a lone surrogate"),
    "literal_error": ("enum", "must be one of {expected}"),
    "union_tag_invalid": ("discriminator", "has an unknown or missing {discriminator}"),
    "union_tag_not_found": ("discriminator", "has an unknown or missing {discriminator}"),
}
"""Keyword and words by pydantic's error type; the types that `Scalar`, `Size` and `Present` make are keywords."""


def violations_of(adapter: TypeAdapter[Any], value: Any) -> list[Violation]:
    """Nothing when `value` is valid."""
    errors = _errors_of(adapter, value)
    if any(error["type"] == "string_unicode" for error in errors):
        errors = _errors_of(adapter, _without_unwritable_keys(value))
    return [_to_violation(error["type"], error["loc"], error, value) for error in errors[:8]]


def _errors_of(adapter: TypeAdapter[Any], value: Any) -> Sequence[Mapping[str, Any]]:
    try:
        adapter.validate_python(value)
    except ValidationError as refusal:
        return refusal.errors(include_url=False, include_input=False)
    return []


def describe_violations(violations: Sequence[Violation]) -> str:
    """`/limit must be integer`; the first violation only, at most 300 characters."""
    return " ".join(part for part in (violations[0].path, violations[0].message) if part)[:300] if violations else ""


def _to_violation(kind: str, location: Iterable[int | str], error: Mapping[str, Any], value: Any) -> Violation:
    keyword, words = _KEYWORDS.get(kind, (kind, ""))
    steps = list(location)
    field = steps.pop() if kind in ("missing", "extra_forbidden") else ""
    message = words.format(field=field, **error.get("ctx", {})) if words else str(error["msg"])
    return Violation(_pointer(steps, value), keyword, message)


def _pointer(steps: Iterable[int | str], value: Any) -> str:
    """pydantic names the chosen member of a union as a step of its own, which no pointer has."""
    pointer = ""
    for step in steps:
        is_part = step in value if isinstance(value, dict) else isinstance(value, list) and isinstance(step, int)
        if not is_part:
            continue
        value = value[step]
        pointer += "/" + str(step).replace("~", "~0").replace("/", "~1")
    return pointer


def _without_unwritable_keys(value: Any) -> Any:
    """pydantic refuses objects with a lone surrogate in a key; to every schema that is an unknown field."""
    if isinstance(value, dict):
        return {_writable(key): _without_unwritable_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_unwritable_keys(item) for item in value]
    return value


def _writable(key: Any) -> Any:
    return key.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(key, str) else key
