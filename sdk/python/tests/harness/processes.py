"""Programs of this repository, run for a test."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[4]


@dataclass(frozen=True)
class RegistryOnItsOwn:
    """A registry beside a NATS server, both of the test."""

    nats_url: str
    process: "subprocess.Popen[str]"


def program(name: str) -> str:
    path = shutil.which(name)
    assert path, f"{name} is missing"
    return path


@contextmanager
def nats_server(folder: Path, *arguments: str) -> Iterator[str]:
    """A NATS server of the test's own; it ends with the block."""
    command = [program("nats-server"), "-a", "127.0.0.1", "-p", "-1", "-js", "-sd", str(folder), *arguments]
    with _ended(subprocess.Popen(command, stderr=subprocess.PIPE, text=True)) as server:  # noqa: S603 - no input of others
        assert server.stderr
        found = first(server.stderr, r"client connections on (127\.0\.0\.1:\d+)")
        yield f"nats://{found[1]}"


@contextmanager
def registry_with(environment: dict[str, str], folder: Path) -> Iterator[RegistryOnItsOwn]:
    """A NATS server and a registry with that environment; they end with the block."""
    with nats_server(folder / "nats") as nats_url, registry_at(nats_url, environment, folder) as registry:
        yield registry


@contextmanager
def registry_at(nats_url: str, environment: dict[str, str], folder: Path) -> Iterator[RegistryOnItsOwn]:
    """A registry on a NATS server that is there; it ends with the block."""
    settings = {"NATS_URL": nats_url, "AGENTNET_DATA_DIR": str(folder / "registry"), "LOG_LEVEL": "warn"}
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    registry = subprocess.Popen(  # noqa: S603 - our own program
        [program("node"), str(REPOSITORY / "registry/dist/main.js")],
        env={**inherited, **settings, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    with _ended(registry):
        assert registry.stdout
        first(registry.stdout, r'"event":"ready"')
        yield RegistryOnItsOwn(nats_url, registry)


def first(lines: Iterable[str], pattern: str) -> "re.Match[str]":
    """The first line that holds the pattern."""
    heard = []
    for line in lines:
        found = re.search(pattern, line)
        if found:
            return found
        heard.append(line)
    raise AssertionError(f"the program ended before it said {pattern}: {''.join(heard)}")


@contextmanager
def _ended(process: "subprocess.Popen[str]") -> "Iterator[subprocess.Popen[str]]":
    with process:
        try:
            yield process
        finally:
            process.terminate()
