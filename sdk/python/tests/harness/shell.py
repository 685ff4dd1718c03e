"""The commands of both languages, typed for a test."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .processes import REPOSITORY, program
from .raw_client import PATIENCE


@dataclass(frozen=True)
class Ended:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]


class Shell:
    """Types commands on one network, with settings of their own."""

    def __init__(self, nats_url: str, settings: Path) -> None:
        self._environment = {**os.environ, "NATS_URL": nats_url, "XDG_CONFIG_HOME": str(settings)}

    async def python(self, *arguments: str, **environment: str) -> Ended:
        return await _run([sys.executable, "-m", "agentnet", *arguments], {**self._environment, **environment})

    async def node(self, *arguments: str) -> Ended:
        command = [program("node"), str(REPOSITORY / "tui/bin/agentnet.mjs"), *arguments]
        return await _run(command, self._environment)


async def _run(command: list[str], environment: Mapping[str, str]) -> Ended:
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=PIPE)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())
