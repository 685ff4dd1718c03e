"""The calls a language model may make, as its API wants them declared."""

import copy
from typing import Any, Literal, TypeAlias

from agentnet_protocol import tools

from ..errors import ValidationError

ToolFormat: TypeAlias = Literal["openai", "anthropic"]
"""Whose API a tool is declared for."""


def tool_definitions(format: ToolFormat) -> list[dict[str, Any]]:  # noqa: A002 - the word of both SDKs
    """The tools of the spec for one API. The caller owns what comes back.

    Raises:
        ValidationError: `invalid_option`
    """
    if format not in ("openai", "anthropic"):
        raise ValidationError("invalid_option", f"format must be 'openai' or 'anthropic', got {format!r}")
    definitions = []
    for name, facts in tools.items():
        parameters = copy.deepcopy(dict(facts.parameters))
        named = {"name": name, "description": facts.description}
        if format == "openai":
            definitions.append({"type": "function", "function": {**named, "parameters": parameters}})
        else:
            definitions.append({**named, "input_schema": parameters})
    return definitions
