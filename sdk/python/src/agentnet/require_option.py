"""Checks of options: refused when out of range, never clamped."""

import math
from typing import Any

from agentnet_protocol import SchemaName, check

from .errors import ValidationError


def require_at_least(name: str, value: Any, minimum: float, maximum: float = math.inf) -> None:
    """Raises: ValidationError: `invalid_option`"""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or value < minimum or value > maximum:
        limit = f">= {minimum:g}" if maximum == math.inf else f"from {minimum:g} to {maximum:g}"
        raise ValidationError("invalid_option", f"{name} must be {limit}, got {value!r}")


def require_integer(name: str, value: Any, minimum: int, maximum: float = math.inf) -> None:
    """Raises: ValidationError: `invalid_option`"""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValidationError("invalid_option", f"{name} must be a whole number, got {value!r}")
    require_at_least(name, value, minimum, maximum)


def require_rate(name: str, value: Any) -> None:
    """Above zero; infinity turns a limit off. Raises: ValidationError: `invalid_option`"""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or math.isnan(value) or value <= 0:
        raise ValidationError("invalid_option", f"{name} must be above 0, got {value!r}")


def require_text(name: str, value: Any) -> None:
    """Raises: ValidationError: `invalid_option`"""
    if not isinstance(value, str) or not value.strip():
        raise ValidationError("invalid_option", f"{name} must be a text that is not empty, got {value!r}")


def require_schema(name: str, schema: SchemaName, value: Any) -> None:
    """Raises: ValidationError: `invalid_option`"""
    violations = check(schema, value)
    if violations:
        raise ValidationError("invalid_option", f"{name} {violations[0].message}")
