"""Ids that sort by the time they were made."""

import secrets
import time

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def make_ulid() -> str:
    """26 lower-case letters and digits: milliseconds since 1970, then 80 random bits."""
    rest = time.time_ns() // 1_000_000
    letters = ""
    for _ in range(10):
        rest, digit = divmod(rest, len(_LETTERS))
        letters = _LETTERS[digit] + letters
    return letters + "".join(secrets.choice(_LETTERS) for _ in range(16))
