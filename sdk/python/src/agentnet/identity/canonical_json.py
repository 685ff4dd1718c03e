"""The text that dev auth signs. Spec: rule `auth.canonical-json`."""

import json
from typing import NoReturn

from agentnet_protocol import ProtocolError


def canonical_json(text: str) -> str:
    """Sorted keys, no white space, pure ASCII, numbers as Python prints what is written on the wire.

    Raises:
        ProtocolError: `invalid_payload` for what Python cannot read.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as cause:
        raise ProtocolError("invalid_payload", f"the payload has no canonical form: {cause}") from cause


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
