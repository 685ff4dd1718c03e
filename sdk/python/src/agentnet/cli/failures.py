"""What a failed command tells, and its exit code."""

import re
import sys
from typing import TypedDict

from agentnet_protocol import ErrorCode, ProtocolError, error_codes

from .text import safe_json, visible

OK, USAGE, RUNTIME, INTERRUPTED = 0, 1, 2, 130
"""Exit codes, as those of the `agentnet` command."""

EXIT_CODES_HELP = (
    "Exit codes: 0 success; 1 wrong usage, bad payload, or no answer in time; 2 runtime error such as no server; "
    "130 interrupted."
)

_USAGE_CODES: frozenset[ErrorCode] = frozenset(
    (
        "invalid_option",
        "invalid_target",
        "invalid_payload",
        "invalid_subject_token",
        "message_too_large",
        "bad_request",
        "cursor_invalid",
        "field_required",
        "from_ts_invalid",
        "to_ts_invalid",
        "request_timeout",
        "delivery_ack_timeout",
        "processed_timeout",
        "stream_timeout",
    )
)

_REMEDIES: dict[ErrorCode, str] = {
    "invalid_option": "See the options and examples with --help.",
    "invalid_payload": 'Quote JSON for the shell, for example \'{"text":"hello"}\' or \'"hello"\'.',
    "connect_failed": "Start a network with `agentnet up`, or name a running server with --nats-url or NATS_URL.",
    "authorization_failed": "Put the token into the URL, nats://<token>@host:port, or into AGENTNET_TOKEN.",
    "registry_unavailable": "A NATS server runs there, but no registry; `agentnet up` starts both.",
    "not_found": "See who is there with `agentnet list` or `agentnet search`.",
    "recipient_offline": "See who is online with `agentnet list`.",
    "request_timeout": "Allow more time with --timeout, or see with `agentnet list` whether the agent is online.",
    "delivery_ack_timeout": (
        "See with `agentnet list` whether the agent is online, or send without waiting: --no-ack."
    ),
    "cancelled": "Nothing to do: you stopped it.",
}

_CREDENTIALS_IN_URL = re.compile(r"([a-z][a-z0-9+.-]*://)[^\s/]+@", re.IGNORECASE)


class Failure(TypedDict):
    """What programs are told with `--json`, as `{"error": …}`."""

    code: ErrorCode
    detail: str


def report_failure(cause: BaseException, *, json: bool) -> int:
    """One line on stderr, for people with a remedy, for programs as JSON; returns the exit code."""
    failure = failure_of(cause)
    code, detail = failure["code"], failure["detail"]
    told = safe_json({"error": failure}) if json else visible(f"error: [{code}] {detail} | {remedy_for(code)}")
    print(told, file=sys.stderr)
    if code == "cancelled":
        return INTERRUPTED
    return USAGE if code in _USAGE_CODES else RUNTIME


def failure_of(cause: BaseException) -> Failure:
    """Anything that is none of our errors is a defect and is told as such, without its stack."""
    if isinstance(cause, KeyboardInterrupt):
        return Failure(code="cancelled", detail="interrupted")
    if isinstance(cause, ProtocolError):
        return Failure(code=cause.code, detail=_redacted(cause.detail))
    return Failure(code="internal_error", detail=_redacted(str(cause) or type(cause).__name__))


def remedy_for(code: ErrorCode) -> str:
    """What a person can do about a failure."""
    return _REMEDIES.get(code) or error_codes[code].text


def _redacted(text: str) -> str:
    return _CREDENTIALS_IN_URL.sub(r"\1***@", text)
