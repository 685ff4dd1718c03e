"""Pact's verifier, failing closed."""

import gc
import json
import warnings
from pathlib import Path
from typing import Any

from agentnet_protocol import check
from pact import Verifier

from .written_pact import interactions_of


def verify_pact(file: Path, produced: dict[str, dict[str, Any]]) -> None:
    """Verifies messages that were really sent. Each interaction needs one, each must obey the schema that the
    interaction names, and none may be left over; Pact alone lets extra fields and missing states pass.

    Raises:
        AssertionError: What was wrong.
    """
    interactions = interactions_of(file)
    assert interactions, f"{file} has no interactions"
    assert produced.keys() == interactions.keys()
    assert not [name for name, interaction in interactions.items() if interaction.get("providerStates")]
    broken = {name: check(schema_of(interactions[name]), message) for name, message in produced.items()}
    assert {name: found for name, found in broken.items() if found} == {}
    asked: set[str] = set()

    def message_named(name: str) -> dict[str, Any]:
        asked.add(name)
        body = json.dumps(produced[name]).encode()
        return {"contents": body, "metadata": None, "content_type": "application/json"}

    provider = json.loads(file.read_text("utf-8"))["provider"]["name"]
    with warnings.catch_warnings():
        # The library leaves the socket of its message server to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        mismatches = _run(Verifier(provider).message_handler(message_named).add_source(file))
        gc.collect()
    assert mismatches == ""
    assert asked == interactions.keys()


def _run(verifier: Verifier) -> str:
    """What Pact found wrong, in its words."""
    try:
        verifier.verify()
    except RuntimeError:
        return verifier.output(strip_ansi=True).partition("Failures:")[2] or "the verifier failed"
    return ""


def schema_of(interaction: dict[str, Any]) -> Any:
    """The schema of what the provider sends."""
    named = interaction["comments"]["references"]["asyncapi"]
    return named["message"] if "message" in named else named["reply"]
