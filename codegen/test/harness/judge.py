"""Judges JSON texts with the generated validators. A line `{schema, text}` in, a line `valid` or `invalid` out; `split`
when the quick acceptor and the model disagree."""

import json
import sys
from functools import cache
from typing import Any

from agentnet_protocol import Parsed, models, parse_json
from agentnet_protocol.accept import acceptors
from agentnet_protocol.violations import violations_of
from pydantic import TypeAdapter


@cache
def model_of(schema: str) -> TypeAdapter[Any]:
    return TypeAdapter(getattr(models, schema))


def verdict(schema: str, value: Any) -> str:
    is_accepted = acceptors[schema](value)
    if is_accepted != (not violations_of(model_of(schema), value)):
        return "split"
    return "valid" if is_accepted else "invalid"


for line in sys.stdin:
    case = json.loads(line)
    parsed = parse_json(case["text"].encode("utf-8", "surrogatepass"))
    print(verdict(case["schema"], parsed.value) if isinstance(parsed, Parsed) else "invalid")
