"""Why a message is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentnet_protocol import ErrorCode, error_codes

if TYPE_CHECKING:
    from .outcomes import Outcome
    from .shared_outcomes import Elsewhere


@dataclass(frozen=True)
class Refusal:
    """The words of its receipt and its error reply."""

    code: ErrorCode
    detail: str
    earlier: Outcome | None = None
    """Of a copy: what becomes of the first one, which the copy shares."""
    elsewhere: Elsewhere | None = None
    """The same, where another session of the account has the first one."""


def refusal_of(code: ErrorCode) -> Refusal:
    """The refusal with the protocol's exact text."""
    facts = error_codes[code]
    return Refusal(code, facts.detail or facts.text)


DUPLICATE_KEY = Refusal("duplicate", error_codes["duplicate"].idempotency_detail)
"""`duplicate` has a second text, for a repeated key."""
