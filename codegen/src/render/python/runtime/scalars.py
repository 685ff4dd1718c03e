"""What every model is made of: the checks of JSON Schema, on values as a JSON parser makes them."""

import math
import re
from collections.abc import Callable, Sized
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

ScalarType = Literal["string", "integer", "number", "boolean"]

_ABOVE = 2**1024 - 2**970
"""The least whole number that rounds to no finite double."""


class Model(BaseModel):
    """An object that refuses unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", protected_namespaces=())

    def to_dict(self) -> dict[str, Any]:
        """The object as it was given: fields that nobody set are left out."""
        return self.model_dump(exclude_unset=True, by_alias=True)

    def get(self, name: str, default: Any = None) -> Any:
        """The field of that name, be it unknown to this version of the spec; `default` when it was left out."""
        return getattr(self, name) if name in self.model_fields_set else default


class OpenModel(Model):
    """An object that keeps unknown fields."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """A text, number or boolean. A whole number may be written with a fraction of zero, as in JSON Schema."""

    types: tuple[ScalarType, ...]
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    _search: Callable[[str], re.Match[str] | None] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if self.pattern is not None:
            object.__setattr__(self, "_search", re.compile(self.pattern).search)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def check(self, value: Any) -> Any:
        """Returns the value.

        Raises:
            PydanticCustomError: Its type is the keyword of JSON Schema that is broken.
        """
        if type(value) is str and "string" in self.types:
            self._check_text(value)
            return value
        if type(value) is bool and "boolean" in self.types:
            return value
        number = self._number(value)
        if number is None:
            raise PydanticCustomError("type", "must be {types}", {"types": " or ".join(self.types)})
        self._check_number(number)
        return number

    def _number(self, value: Any) -> int | float | None:
        if type(value) is int and ("integer" in self.types or "number" in self.types):
            # What is no finite double in other languages is no number here.
            return value if -_ABOVE < value < _ABOVE else None
        if type(value) is float and math.isfinite(value):
            if "number" in self.types:
                return value
            if "integer" in self.types and value.is_integer():
                return int(value)
        return None

    def _check_text(self, value: str) -> None:
        if self.max_length is not None and len(value) > self.max_length:
            raise PydanticCustomError("maxLength", "must have at most {limit} characters", {"limit": self.max_length})
        if self.min_length is not None and len(value) < self.min_length:
            raise PydanticCustomError("minLength", "must have at least {limit} characters", {"limit": self.min_length})
        if self._search is not None and self._search(value) is None:
            raise PydanticCustomError("pattern", "must match {pattern}", {"pattern": str(self.pattern)})

    def _check_number(self, value: int | float) -> None:
        if self.minimum is not None and value < self.minimum:
            raise PydanticCustomError("minimum", "must be >= {limit}", {"limit": self.minimum})
        if self.maximum is not None and value > self.maximum:
            raise PydanticCustomError("maximum", "must be <= {limit}", {"limit": self.maximum})
        if self.exclusive_minimum is not None and value <= self.exclusive_minimum:
            raise PydanticCustomError("exclusiveMinimum", "must be > {limit}", {"limit": self.exclusive_minimum})
        if self.exclusive_maximum is not None and value >= self.exclusive_maximum:
            raise PydanticCustomError("exclusiveMaximum", "must be < {limit}", {"limit": self.exclusive_maximum})


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many items a list, or fields an object, may have."""

    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    min_properties: int | None = None
    max_properties: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def check(self, value: Sized) -> Sized:
        """Returns the value.

        Raises:
            PydanticCustomError: Its type is the keyword of JSON Schema that is broken.
        """
        size = len(value)
        if self.max_items is not None and size > self.max_items:
            raise PydanticCustomError("maxItems", "must have at most {limit} items", {"limit": self.max_items})
        if self.min_items is not None and size < self.min_items:
            raise PydanticCustomError("minItems", "must have at least {limit} items", {"limit": self.min_items})
        if self.max_properties is not None and size > self.max_properties:
            raise PydanticCustomError(
                "maxProperties", "must have at most {limit} fields", {"limit": self.max_properties}
            )
        if self.min_properties is not None and size < self.min_properties:
            raise PydanticCustomError(
                "minProperties", "must have at least {limit} fields", {"limit": self.min_properties}
            )
        if self.unique_items and isinstance(value, list) and _has_a_double(value):
            raise PydanticCustomError("uniqueItems", "must not hold an item twice")
        return value


@dataclass(frozen=True)
class Present:
    """A field that may be left out, but is not null when it is there."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.check, handler(source))

    def check(self, value: Any) -> Any:
        """Returns the value.

        Raises:
            PydanticCustomError: It is null.
        """
        if value is None:
            raise PydanticCustomError("type", "must not be null")
        return value


def _has_a_double(items: list[Any]) -> bool:
    # True == 1 in Python, but not in JSON.
    marked = [(type(item) is bool, item) for item in items]
    return any(item in marked[:index] for index, item in enumerate(marked))
