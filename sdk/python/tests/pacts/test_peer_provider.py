"""What an agent of this SDK keeps for a TypeScript one."""

import copy
from pathlib import Path
from typing import Any

import pytest

from .producer import produce_all
from .verified_pact import verify_pact
from .written_pact import FOLDER

PACT = FOLDER / "typescript-peer-python-peer.json"


@pytest.fixture
async def produced(bare_nats_url: str) -> dict[str, dict[str, Any]]:
    return await produce_all(bare_nats_url)


def test_given_the_pact_of_a_typescript_agent_when_this_sdk_sends_answers_and_streams_then_it_keeps_the_pact(
    produced: dict[str, dict[str, Any]],
) -> None:
    verify_pact(PACT, produced)


@pytest.mark.parametrize(
    ("description", "path", "value"),
    [
        ("a text", ["kind"], "system"),
        ("a value of every JSON type", ["payload", "list"], [1, 2.5, True, None, "a"]),
        ("a message is processed", ["status"], "accepted"),
        ("a message has expired", ["code"], "missing_ttl"),
        ("a stream goes on", ["payload", "seq"], 2),
        ("a request whose handler fails", ["payload", "error"], "timeout"),
    ],
)
def test_given_another_value_when_it_is_verified_then_the_pact_is_broken(
    produced: dict[str, dict[str, Any]], description: str, path: list[str], value: Any
) -> None:
    broken = copy.deepcopy(produced)
    *parents, last = path
    message = broken[description]
    for name in parents:
        message = message[name]
    assert message[last] != value
    message[last] = value
    with pytest.raises(AssertionError, match=path[-1]):
        verify_pact(PACT, broken)


def test_given_a_field_less_when_it_is_verified_then_its_schema_is_broken(produced: dict[str, dict[str, Any]]) -> None:
    del produced["a text"]["thread_id"]
    with pytest.raises(AssertionError, match="thread_id"):
        verify_pact(PACT, produced)


def test_given_a_message_less_when_it_is_verified_then_that_is_said(produced: dict[str, dict[str, Any]]) -> None:
    del produced["a text"]
    with pytest.raises(AssertionError, match="a text"):
        verify_pact(PACT, produced)


def test_given_no_pact_when_it_is_verified_then_that_is_no_success(tmp_path: Path) -> None:
    file = tmp_path / "pact.json"
    file.write_text('{"provider": {"name": "python-peer"}, "interactions": []}', "utf-8")
    with pytest.raises(AssertionError, match="no interactions"):
        verify_pact(file, {})
