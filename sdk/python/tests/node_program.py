"""The other language's SDK, in a process of its own."""

import asyncio
import shutil
from asyncio.subprocess import PIPE, Process
from pathlib import Path

_TYPESCRIPT = Path(__file__).parents[2] / "typescript"


async def start_node(script: str) -> Process:
    """Runs an ES module that may import `@agentnet/sdk`."""
    node = shutil.which("node")
    assert node, "Node.js is missing"
    command = [node, "--input-type=module", "--eval", script]
    return await asyncio.create_subprocess_exec(*command, cwd=_TYPESCRIPT, stdin=PIPE, stdout=PIPE)
