"""Judges JSON texts with the generated validators: a line `{schema, text}` in, a line `valid` or `invalid` out."""

import json
import sys

from agentnet_protocol import Parsed, check, parse_json

for line in sys.stdin:
    case = json.loads(line)
    parsed = parse_json(case["text"].encode("utf-8", "surrogatepass"))
    is_valid = isinstance(parsed, Parsed) and not check(case["schema"], parsed.value)
    print("valid" if is_valid else "invalid")
