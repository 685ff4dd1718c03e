"""Pact files, written the same way each time."""

import json
import os
from pathlib import Path
from typing import Any

from pact import Pact

FOLDER = Path(__file__).parents[4] / "contract-tests/pacts"


class WrittenPact:
    """A pact of the tests of one module, in a folder of their own."""

    def __init__(self, consumer: str, provider: str, folder: Path) -> None:
        self.pact = Pact(consumer, provider).with_specification("V4")
        self.name = f"{consumer}-{provider}.json"
        self._folder = folder

    def write(self) -> dict[str, dict[str, Any]]:
        """What was written, by description."""
        self.pact.write_file(self._folder, overwrite=True)
        return interactions_of(self._folder / self.name)

    def settle(self) -> tuple[str, str]:
        """What was written, and what is committed; committed first, where `PACT_WRITE=1` asks for that."""
        written = canonical_pact(json.loads((self._folder / self.name).read_text("utf-8")))
        committed = FOLDER / self.name
        if os.environ.get("PACT_WRITE") == "1":
            committed.write_text(written, "utf-8")
        return written, committed.read_text("utf-8") if committed.exists() else ""


def interactions_of(file: Path) -> dict[str, dict[str, Any]]:
    pact = json.loads(file.read_text("utf-8"))
    return {interaction["description"]: interaction for interaction in pact["interactions"]}


def canonical_pact(pact: dict[str, Any]) -> str:
    """The same text for the same contract: interactions and fields in order, without the versions of the libraries."""
    ordered = {
        **pact,
        "interactions": sorted(pact["interactions"], key=lambda interaction: interaction["description"]),
        "metadata": {"pactSpecification": pact["metadata"]["pactSpecification"]},
    }
    return json.dumps(ordered, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def matching(example: Any, exact: list[str]) -> dict[str, Any]:
    """The example as Pact wants it: types count everywhere, values at the JSON pointers in `exact`."""
    left = set(exact)
    content = {"pact:matcher:type": "type", "value": _mark(example, "", left)}
    assert not left, f"the example has nothing at {left}"
    return content


def _mark(value: Any, at: str, exact: set[str]) -> Any:
    if at in exact:
        exact.remove(at)
        return {"pact:matcher:type": "equality", "value": value}
    if isinstance(value, list):
        return [_mark(item, f"{at}/{index}", exact) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {name: _mark(field, f"{at}/{name}", exact) for name, field in value.items()}
    return value
