"""The text of an answer."""

import json
from typing import Any


def answer_text(payload: Any) -> str:
    """The payload if it is a text, else its member `text`, else the payload as JSON text."""
    if isinstance(payload, str):
        return payload
    if isinstance(payload, dict) and isinstance(payload.get("text"), str):
        return str(payload["text"])
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
