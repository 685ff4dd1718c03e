"""`python -m agentnet` takes what the `agentnet` command takes."""

import re
from collections.abc import Iterable

import pytest
from harness.shell import Shell

COMMANDS = (
    "list",
    "search",
    "profile",
    "metrics",
    "threads",
    "thread-status",
    "thread-messages",
    "message-search",
    "send",
    "request",
)
ONLY_THERE = {"message-search": ["[filter...]"]}
"""Operands that only the `agentnet` command takes: its filter language, which the options of both say otherwise."""


def flags_in(told: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]*", told))


def operands_in(usage: Iterable[str]) -> list[str]:
    return re.findall(r"(?<![\w-] )([<\[](?!options)[a-z.]+[>\]])$", next(iter(usage)).strip())


@pytest.mark.parametrize("command", COMMANDS)
async def test_given_a_command_when_both_are_asked_for_help_then_they_name_the_same_flags(
    shell: Shell, command: str
) -> None:
    ours, theirs = await shell.python(command, "--help"), await shell.node(command, "--help")
    assert flags_in(ours.out) == flags_in(theirs.out)
    operands = operands_in(theirs.out.splitlines())
    assert [operand for operand in operands if operand not in ours.out] == ONLY_THERE.get(command, [])


async def test_given_the_same_network_when_both_ask_for_figures_then_their_json_has_the_same_fields(
    shell: Shell,
) -> None:
    ours, theirs = await shell.python("metrics", "--json"), await shell.node("metrics", "--json")
    assert fields_of(ours.json) == fields_of(theirs.json)


def fields_of(value: object) -> object:
    return {name: fields_of(one) for name, one in value.items()} if isinstance(value, dict) else type(value) is str
