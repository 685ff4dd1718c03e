"""What an agent relies on in another one: the same in both directions."""

import json
from typing import Any

from .written_pact import FOLDER

PEER: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "interactions/peer.json").read_text("utf-8"))
PUBLISHED = [*PEER["messages"], *PEER["streams"]]


def description_of(interaction: dict[str, Any]) -> str:
    return str(interaction["description"])
