"""JSON as it is on the wire: UTF-8, no NaN, bounded depth."""

import itertools
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NoReturn, TypeAlias

from . import limits
from .errors import ProtocolError
from .validate import SchemaName, Violation, check, describe_violations

_OUTSIDE_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


@dataclass(frozen=True)
class Parsed:
    """A body that is JSON."""

    value: Any
    text: str
    """The body's text, for signatures."""


@dataclass(frozen=True)
class Undecoded:
    """Why a body was not taken."""

    code: Literal["undecodable", "not_an_object", "invalid"]
    detail: str
    violations: list[Violation] = field(default_factory=list)


Decoded: TypeAlias = Parsed | Undecoded
"""A body that was read and checked, or why it was refused."""


@dataclass(frozen=True)
class RawJson:
    """JSON text that `encode_json` copies through untouched: numbers keep every digit, keys their order.

    The text is trusted; give it only what a JSON parser has accepted.
    """

    text: str


def parse_json(body: bytes, max_depth: float = limits.JSON_MAX_DEPTH) -> Decoded:
    """Reads UTF-8 JSON; an empty body is `{}`. Never raises."""
    if not body:
        return Parsed({}, "")
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError:
        return Undecoded("undecodable", "the body is not UTF-8")
    if _is_deeper_than(max_depth, text):
        return Undecoded("undecodable", f"the body is nested deeper than {max_depth:g}")
    try:
        return Parsed(_decoder.decode(text), text)
    except (ValueError, RecursionError):
        return Undecoded("undecodable", "the body is not JSON")


def decode_json(name: SchemaName, body: bytes) -> Decoded:
    """Reads a body that must be an object and checks it against a schema. Never raises, and never repairs."""
    parsed = parse_json(body)
    if isinstance(parsed, Undecoded):
        return parsed
    if not isinstance(parsed.value, dict):
        return Undecoded("not_an_object", "the body is not a JSON object")
    violations = check(name, parsed.value)
    if violations:
        return Undecoded("invalid", describe_violations(violations), violations)
    return parsed


def encode_json(value: Any) -> bytes:
    """Writes compact UTF-8 JSON.

    Raises:
        ProtocolError: `bad_request` for what JSON cannot say: NaN, Infinity, a cycle, a lone surrogate, a key that is
            no text, any other object.
    """
    require_text_keys(value)
    try:
        return _write(value).encode("utf-8")
    except UnicodeEncodeError as cause:
        raise ProtocolError("bad_request", "the value holds a lone surrogate, which UTF-8 cannot say") from cause
    except (TypeError, ValueError, RecursionError) as cause:
        raise ProtocolError("bad_request", f"the value has no JSON form: {cause}") from cause


def _write(value: Any) -> str:
    try:
        return _encoder.encode(value)
    except _RawJsonFound:
        raw = _RawTexts()
        return raw.put_back(_encoder_with(raw.stand_in).encode(value))


class _RawJsonFound(Exception):
    """Most values hold no raw text, so they are written without looking for any."""


def _notice_raw_json(value: Any) -> NoReturn:
    if isinstance(value, RawJson):
        raise _RawJsonFound
    raise TypeError(f"{type(value).__name__} is nothing JSON can say")


def _encoder_with(stand_in: Callable[[Any], Any]) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=stand_in)


_encoder: Final = _encoder_with(_notice_raw_json)


class _RawTexts:
    """The raw texts of one value; while it is written, a text nobody can guess stands in for each of them."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._marker = ""

    def stand_in(self, value: Any) -> str:
        if not isinstance(value, RawJson):
            _notice_raw_json(value)
        self._marker = self._marker or f"raw-json:{uuid.uuid4().hex}"
        self._texts.append(value.text)
        return self._marker

    def put_back(self, text: str) -> str:
        if not self._texts:
            return text
        first, *rest = text.split(f'"{self._marker}"')
        return first + "".join(itertools.chain.from_iterable(zip(self._texts, rest, strict=True)))


def require_text_keys(value: Any, path: str = "") -> None:
    """`json.dumps` would turn other keys into texts, and what is signed would not be what is sent.

    Raises:
        ProtocolError: `bad_request`
    """
    if len(path) > 4 * limits.JSON_MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                where = path or "the value"
                raise ProtocolError("bad_request", f"{where} has the key {key!r}; keys of JSON objects are texts")
            if isinstance(item, dict | list | tuple):
                require_text_keys(item, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            if isinstance(item, dict | list | tuple):
                require_text_keys(item, f"{path}/{index}")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _read_integer(digits: str) -> int | float:
    # Python refuses to read more digits than this as an integer; as a double they are what other languages read.
    return int(digits) if len(digits) <= 4000 else float(digits)


_decoder: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_read_integer)


def _is_deeper_than(depth: float, text: str) -> bool:
    """Whether brackets outside strings nest deeper than `depth`. A text that has no more of them cannot."""
    if len(text) <= 2 * depth or text.count("[") + text.count("{") <= depth:
        return False
    level = 0
    for token in _OUTSIDE_STRINGS.finditer(text):
        letter = token[0][0]
        if letter in "[{":
            level += 1
            if level > depth:
                return True
        elif letter in "]}":
            level -= 1
    return False
