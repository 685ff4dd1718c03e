"""What is published, installed into an empty environment."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import venv
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from agentnet import AgentNode
from harness.processes import REPOSITORY
from harness.raw_client import PATIENCE
from harness.readme_programs import programs_of, promised_by, run_program
from packaging.requirements import Requirement

QUICK_START = programs_of(REPOSITORY / "sdk/python/README.md")[0]
OWN = ("agentnet", "agentnet-protocol")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheels and sdists."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, str(REPOSITORY / "scripts/wheels/build_wheels.py"), str(folder))
    return folder


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter that has the two wheels and what they say they need, and nothing else."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    program = str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    install = ["install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
    wheels = [str(path) for path in built.glob("*.whl")]
    _run(sys.executable, "-m", "pip", "--python", program, *install, *wheels)
    packages = Path(_run(program, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # Copied from the tests' own environment, so that nothing is downloaded.
    for needed in _needed_by(packages):
        _copy(needed, packages)
    return program


def test_given_the_two_packages_when_built_then_four_archives_pass_the_strict_check(built: Path) -> None:
    archives = [str(path) for path in sorted(built.iterdir())]
    assert [Path(path).name.partition("-")[0] for path in archives] == [
        name.replace("-", "_") for name in OWN for _ in range(2)
    ]
    _run(sys.executable, "-m", "twine", "check", "--strict", *archives)


@pytest.mark.parametrize("name", OWN)
def test_given_a_wheel_when_looked_into_then_types_and_licence_are_there_and_nothing_that_only_tests(
    built: Path, name: str
) -> None:
    package = name.replace("-", "_")
    [wheel] = built.glob(f"{package}-[0-9]*.whl")
    with ZipFile(wheel) as archive:
        files = archive.namelist()
        [licence] = [file for file in files if file.endswith("/licenses/LICENSE")]
        assert archive.read(licence) == (REPOSITORY / "LICENSE").read_bytes()
    assert f"{package}/py.typed" in files
    sources = REPOSITORY / ("sdk" if name == "agentnet" else "generated") / "python/src" / package
    wanted = {path.relative_to(sources.parent).as_posix() for path in sources.rglob("*.py")}
    assert {file for file in files if ".dist-info/" not in file} == wanted | {f"{package}/py.typed"}


async def test_given_an_empty_environment_with_the_wheels_when_the_quick_start_runs_then_others_find_and_reach_it(
    python: str, nats_url: str, caller: AgentNode, tmp_path: Path
) -> None:
    async with _quick_start(python, nats_url, tmp_path) as told:
        online = json.loads(await _told_by(python, "-m", "agentnet", "list", "--json", "--nats-url", nats_url))
        assert "agent_foo" in [agent["username"] for agent in online["agents"]]
        await caller.send(to="@agent_foo", payload={"text": "yo"}, until="processed")
        assert await asyncio.wait_for(told.readline(), PATIENCE) == b"Got message: {'text': 'yo'}\n"


async def test_given_an_empty_environment_with_the_wheels_when_asked_for_help_then_the_command_tells_what_it_can(
    python: str, tmp_path: Path
) -> None:
    assert "message-search" in await _told_by(python, "-m", "agentnet", "--help")
    command = Path(python).with_name("agentnet.exe" if sys.platform == "win32" else "agentnet")
    assert "message-search" in await _told_by(str(command), "--help")


async def test_given_an_empty_environment_with_the_wheels_when_the_protocols_example_runs_then_it_prints_what_it_says(
    python: str, nats_url: str, tmp_path: Path
) -> None:
    [program] = programs_of(REPOSITORY / "generated/python/README.md")
    process = await run_program(program, nats_url, tmp_path, python)
    output, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, complaints.decode()) == (0, "")
    assert promised_by(program)
    assert output.decode().splitlines() == promised_by(program)


@asynccontextmanager
async def _quick_start(python: str, nats_url: str, folder: Path) -> AsyncIterator[asyncio.StreamReader]:
    """Running, and online."""
    process = await run_program(QUICK_START, nats_url, folder, python)
    assert process.stdout
    try:
        while "agent_foo" not in await _told_by(python, "-m", "agentnet", "list", "--json", "--nats-url", nats_url):
            assert process.returncode is None
        yield process.stdout
    finally:
        process.send_signal(signal.SIGINT)
        _, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, complaints.decode()) == (0, "")


async def _told_by(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env={})
    output, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, complaints.decode()) == (0, "")
    return output.decode()


def _run(*command: str) -> str:
    ran = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own programs
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def _needed_by(packages: Path) -> Iterator[Distribution]:
    """What the installed wheels require, and what that requires, without extras."""
    known = set(OWN)
    waiting: list[Distribution] = [PathDistribution(info) for info in packages.glob("agentnet*.dist-info")]
    assert len(waiting) == len(OWN)
    while waiting:
        for text in waiting.pop().requires or []:
            needed = Requirement(text)
            if needed.name in known or (needed.marker and not needed.marker.evaluate({"extra": ""})):
                continue
            known.add(needed.name)
            found = distribution(needed.name)
            assert needed.specifier.contains(found.version), f"{needed} is wanted, {found.version} is installed"
            waiting.append(found)
            yield found


def _copy(needed: Distribution, packages: Path) -> None:
    source: Any = needed.locate_file("")
    for file in needed.files or []:
        # Programs of a package are outside of its folder.
        if ".." not in file.parts and "__pycache__" not in file.parts:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(source) / file, packages / file)
