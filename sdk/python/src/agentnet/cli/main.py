"""One command line of `python -m agentnet`, with the flags, JSON and exit codes of the `agentnet` command."""

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import NoReturn

from ..errors import ValidationError
from .command import Answer, Command, Network, add_network_options
from .discovery_commands import DISCOVERY_COMMANDS
from .failures import EXIT_CODES_HELP, OK, report_failure
from .history_commands import HISTORY_COMMANDS
from .message_commands import MESSAGE_COMMANDS
from .nats_address import choose_address
from .text import safe_json, visible

COMMANDS: tuple[Command, ...] = (*DISCOVERY_COMMANDS, *MESSAGE_COMMANDS, *HISTORY_COMMANDS)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Never raises: every failure is reported and becomes an exit code."""
    try:
        parser = _parser()
        if not arguments:
            parser.print_help()
            return OK
        flags = parser.parse_args(arguments)
        _tell(asyncio.run(_run(flags, environment)), flags)
    except SystemExit as ended:  # --help and --version
        return int(ended.code or OK)
    except BrokenPipeError:
        # The reader may leave early (`… list | head`); that is no failure of ours, and nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (Exception, KeyboardInterrupt) as cause:  # The outer edge.
        return report_failure(cause, json=_wants_json(arguments))
    return OK


async def _run(flags: Namespace, environment: Mapping[str, str]) -> Answer:
    address = choose_address(flags.nats_url, flags.context, environment)
    command: Command = flags.command
    return await command.run(flags, Network(address, flags.timeout, environment))


def _tell(answer: Answer, flags: Namespace) -> None:
    if flags.json:
        print(safe_json(answer.value), flush=True)
        return
    print(answer.text(), flush=True)
    if answer.next_cursor is not None:
        print(visible(f"There is more: add --cursor {answer.next_cursor}"), file=sys.stderr)


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValidationError("invalid_option", message)


def _parser() -> ArgumentParser:
    parser = _Parser(
        prog="python -m agentnet",
        description="Operates a network of agents.",
        epilog=EXIT_CODES_HELP,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=version("agentnet"))
    commands = parser.add_subparsers(metavar="<command>", required=True)
    for command in COMMANDS:
        one = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.summary,
            epilog=EXIT_CODES_HELP,
            allow_abbrev=False,
        )
        one.set_defaults(command=command)
        command.add_options(one)
        add_network_options(one)
    return parser


def _wants_json(arguments: Sequence[str]) -> bool:
    """Looked up before parsing, because parsing itself can fail."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return "--json" in arguments[:end]
