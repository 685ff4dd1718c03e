"""The Python programs of `examples/python`, run as they stand."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process

from harness.processes import REPOSITORY
from harness.raw_client import PATIENCE

FOLDER = REPOSITORY / "examples/python"
TOGETHER = {"agent_a.py", "agent_b.py", "list_agents.py", "wrapped_agent.py"}
WITH_TYPESCRIPT = {"adder.py"}
"""Run by `examples/test`."""


async def start(program: str, nats_url: str) -> Process:
    environment = {**os.environ, "NATS_URL": nats_url}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-u", str(FOLDER / program), env=environment, stdout=PIPE, stderr=PIPE
    )


async def output_of(process: Process) -> str:
    told, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, complaints.decode()) == (0, "")
    return told.decode()


async def test_given_agent_a_when_agent_b_and_the_list_run_then_they_reach_and_find_it_until_it_is_interrupted(
    nats_url: str,
) -> None:
    agent_a = await start("agent_a.py", nats_url)
    assert agent_a.stdout
    assert await asyncio.wait_for(agent_a.stdout.readline(), PATIENCE) == b"ready\n"
    assert await output_of(await start("agent_b.py", nats_url)) == "hello agent_b, this is agent_a\n"
    listed = await output_of(await start("list_agents.py", nats_url))
    assert [line.split()[2:] for line in listed.splitlines() if line.startswith("@agent_a ")] == [["chat"]]
    agent_a.send_signal(signal.SIGINT)
    told = await output_of(agent_a)
    assert told == "Agent A got: {'text': 'hi from agent_b'}\nAgent A got: {'text': 'who are you?'}\n"


async def test_given_a_wrapped_runtime_when_it_is_asked_then_its_result_comes_back(nats_url: str) -> None:
    assert await output_of(await start("wrapped_agent.py", nats_url)) == "STATUS?\n"


def test_given_the_folder_when_listed_then_every_program_is_run_by_some_test() -> None:
    assert {path.name for path in FOLDER.glob("*.py")} == TOGETHER | WITH_TYPESCRIPT
