"""What every command is made of."""

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agentnet_protocol import limits

from .option_values import number

_LONGEST_TIMEOUT_SECONDS = 3600


@dataclass(frozen=True)
class Network:
    """How a command reaches the network."""

    nats_url: str
    timeout: float | None
    """Seconds for the connection and for each answer; None means the protocol's own timeouts."""
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a command tells."""

    value: Any
    """For programs, with `--json`."""
    text: Callable[[], str]
    """For people."""
    next_cursor: str | None = None
    """Leads to the next page."""


@dataclass(frozen=True)
class Command:
    """One command of `python -m agentnet`."""

    name: str
    summary: str
    add_options: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Network], Awaitable[Answer]]


def add_network_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--nats-url",
        metavar="<url>",
        help="NATS server; the token is written nats://<token>@host:port (default: NATS_URL, else the current context, "
        "else nats://127.0.0.1:4222)",
    )
    parser.add_argument("--context", metavar="<name>", help="a named connection; `agentnet contexts` lists them")
    parser.add_argument(
        "--timeout",
        metavar="<seconds>",
        type=number("--timeout", least=limits.CONNECT_TIMEOUT_MIN_MS / 1000, most=_LONGEST_TIMEOUT_SECONDS),
        help=f"longest wait for the connection and for each answer (default: {limits.QUERY_TIMEOUT_MS / 1000:g})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
