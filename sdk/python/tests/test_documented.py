"""What the package exports explains itself."""

import inspect
from collections.abc import Iterator

import agentnet


def test_given_the_exported_names_when_their_docstrings_are_read_then_none_is_missing() -> None:
    # A type alias has no docstring of its own.
    exported = [(name, value) for name in agentnet.__all__ if callable(value := getattr(agentnet, name))]
    described = [pair for pair in exported if pair[0] != "MessageHandler"]
    members = [found for name, value in described if inspect.isclass(value) for found in _members(name, value)]
    assert [name for name, value in described + members if not inspect.getdoc(value)] == []


def _members(owner: str, kind: type) -> Iterator[tuple[str, object]]:
    for name, value in vars(kind).items():
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            yield f"{owner}.{name}", value
