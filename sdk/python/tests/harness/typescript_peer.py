"""A peer of the TypeScript SDK in a process of its own."""

import asyncio
import itertools
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from .processes import program
from .raw_client import PATIENCE, Noted


class TypeScriptPeer:
    """Made by `typescript_peer`."""

    def __init__(self, process: Process, account_id: str) -> None:
        self.account_id = account_id
        self.told: Noted[dict[str, Any]] = Noted()
        """The messages and streams it received, as it tells of them."""
        self._process = process
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def call(self, name: str, **arguments: Any) -> Any:
        """Lets it make one of its calls, and gives the result."""
        answer = await self._answer_to(name, arguments)
        assert "failure" not in answer, answer
        return answer.get("result")

    async def failure_of(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Lets it make a call that must fail."""
        return dict((await self._answer_to(name, arguments))["failure"])

    async def listen(self) -> None:
        """Until it ends."""
        assert self._process.stdout
        async for line in self._process.stdout:
            said = json.loads(line)
            if "number" in said:
                self._answers.pop(said["number"]).set_result(said)
            else:
                await self.told.note(said)

    async def _answer_to(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        command = {"number": number, "name": name, **arguments}
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()
        return await asyncio.wait_for(self._answers[number], PATIENCE)


@asynccontextmanager
async def typescript_peer(nats_url: str, agent_id: str, blob_root: Path) -> AsyncIterator[TypeScriptPeer]:
    """Joined, and listening; it leaves with the block."""
    async with typescript_program("typescript-peer.mjs", nats_url, agent_id, str(blob_root)) as peer:
        yield peer


@asynccontextmanager
async def typescript_program(file: str, *arguments: str) -> AsyncIterator[TypeScriptPeer]:
    """A program of this folder that joins, tells its account, and then takes calls."""
    command = [program("node"), str(Path(__file__).with_name(file)), *arguments]
    # A line may hold a whole stream.
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=2**24)
    assert process.stdin
    assert process.stdout
    joined = json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
    peer = TypeScriptPeer(process, joined["accountId"])
    listening = asyncio.ensure_future(peer.listen())
    try:
        yield peer
    finally:
        # Without commands it says goodbye and ends.
        process.stdin.close()
        await process.wait()
        await listening
