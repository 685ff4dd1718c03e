"""Keys that are the same in every run and language."""

import hashlib
import json
import re
from pathlib import Path

from agentnet.identity.key_pair import KeyPair


def key_of(name: str) -> KeyPair:
    return KeyPair(hashlib.sha256(f"pact:{name}".encode()).digest())


def with_keys(text: str) -> str:
    """`{key:weather}` in the interactions stands for the public key of that name."""
    return re.sub(r"\{key:(\w+)\}", lambda found: key_of(found[1]).public_key, text)


def write_key_file(folder: Path, name: str, *, of: str | None = None) -> None:
    """Leaves the key of `of`, or of `name` itself, in the file `name`, where an agent looks for it."""
    pair = key_of(of or name)
    path = folder / (f"{name}.json" if of is None else name)
    path.write_text(json.dumps({"private_key": pair.private_key, "public_key": pair.public_key}), "utf-8")
    path.chmod(0o600)
