"""Every Python program of the README, run as it stands on the test's network."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from agentnet import AgentNode, ReceivedMessage, list_online_agents
from harness.processes import RegistryOnItsOwn
from harness.raw_client import PATIENCE
from harness.readme_programs import DOCUMENTED_URL, programs_of, promised_by, run_program

PROGRAMS = programs_of(Path(__file__).parents[1] / "README.md")
LASTING = [program for program in PROGRAMS if "start_forever()" in program]
SIGNING = [program for program in PROGRAMS if "dev_auth=True" in program]
ENDING = [program for program in PROGRAMS if program not in LASTING + SIGNING]


@pytest.fixture
async def documented_agents(nats_url: str) -> AsyncIterator[None]:
    """The agents that the README's programs talk to."""
    async with AsyncExitStack() as stack:
        for name, answer in (
            ("weather_bot", {"ok": True}),
            ("mesh_agent_1", {"text": "analyzed"}),
            ("vision_agent", {}),
        ):
            await stack.enter_async_context(_answering(AgentNode(name, nats_url=nats_url), answer))
        yield


def _answering(node: AgentNode, answer: object) -> AgentNode:
    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        if message.reply_to:
            await node.reply(message, answer)

    return node


@pytest.mark.parametrize("program", ENDING, ids=lambda program: program.split("async def")[0].splitlines()[-3])
async def test_given_the_agents_it_names_when_a_program_of_the_readme_runs_then_it_prints_what_its_comments_say(
    nats_url: str, documented_agents: None, program: str, tmp_path: Path
) -> None:
    (tmp_path / "chart.png").write_bytes(b"pixels")
    process = await run_program(program, nats_url, tmp_path)
    told, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
    lines = told.decode().splitlines()
    assert (process.returncode, complaints.decode()) == (0, "")
    for promised in promised_by(program):
        assert promised in lines


@pytest.mark.parametrize("program", SIGNING)
async def test_given_a_network_where_everybody_signs_when_the_readme_s_signed_agents_run_then_they_print_what_is_said(
    signed_registry: RegistryOnItsOwn, program: str, tmp_path: Path
) -> None:
    process = await run_program(program, signed_registry.nats_url, tmp_path)
    told, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, complaints.decode()) == (0, "")
    assert told.decode().splitlines() == promised_by(program)


@pytest.mark.parametrize("program", LASTING)
async def test_given_the_quick_start_when_somebody_sends_to_it_then_it_prints_that_and_leaves_when_interrupted(
    nats_url: str, caller: AgentNode, program: str, tmp_path: Path
) -> None:
    process = await run_program(program, nats_url, tmp_path)
    assert process.stdout
    while "agent_foo" not in [agent.username for agent in await list_online_agents(nats_url)]:
        assert process.returncode is None
    await caller.send(to="@agent_foo", payload={"text": "yo"}, until="processed")
    assert await asyncio.wait_for(process.stdout.readline(), PATIENCE) == b"Got message: {'text': 'yo'}\n"
    process.send_signal(signal.SIGINT)
    _, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, complaints.decode()) == (0, "")
    assert "agent_foo" not in [agent.username for agent in await list_online_agents(nats_url)]


def test_given_the_readme_when_read_then_each_program_is_complete_and_names_the_documented_address() -> None:
    assert len(LASTING) == 1
    for program in PROGRAMS:
        assert program.rstrip().endswith("asyncio.run(main())")
        assert DOCUMENTED_URL in program
