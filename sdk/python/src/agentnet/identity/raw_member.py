"""The text of a member of a JSON object, as it stands on the wire."""

import json
import re

_SPACE = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_SCALAR_END = re.compile(r"[,\]}\s]")


def raw_member(text: str, name: str) -> str | None:
    """The raw text of a top-level member of `text`, which a JSON parser has accepted; the last one wins."""
    found: str | None = None
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        return None
    at = _skip(text, at + 1)
    while text[at : at + 1] == '"':
        key = _TOKEN.match(text, at)
        if key is None:
            return None
        at = _skip(text, _skip(text, key.end()) + 1)
        end = _end_of_value(text, at)
        if json.loads(key[0]) == name:
            found = text[at:end]
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _end_of_value(text: str, at: int) -> int:
    if text[at] == '"':
        found = _TOKEN.match(text, at)
        return found.end() if found else len(text)
    if text[at] not in "[{":
        end = _SCALAR_END.search(text, at)
        return end.start() if end else len(text)
    level = 0
    for token in _TOKEN.finditer(text, at):
        if token[0] in ("[", "{"):
            level += 1
        elif token[0] in ("]", "}"):
            level -= 1
            if level == 0:
                return token.end()
    return len(text)
