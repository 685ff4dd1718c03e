"""The programs of a README."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

DOCUMENTED_URL = "nats://agentnet_secret_token@localhost:4222"


def programs_of(readme: Path) -> list[str]:
    """Its Python programs, in order."""
    return re.findall(r"^```python\n(.*?)^```", readme.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def promised_by(program: str) -> list[str]:
    """What its comments say it prints."""
    return re.findall(r"print\(.*\)  # (.+)", program)


async def run_program(program: str, nats_url: str, folder: Path, python: str = sys.executable) -> Process:
    """Runs it as it stands, on that network and in that folder."""
    command = [python, "-u", "-c", program.replace(DOCUMENTED_URL, nats_url)]
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return await asyncio.create_subprocess_exec(*command, cwd=folder, env=inherited, stdout=PIPE, stderr=PIPE)
