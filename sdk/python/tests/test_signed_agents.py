"""Agents of both languages on a network where everybody signs."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agentnet import AgentNetError, AgentNode, ReceivedMessage
from harness.message_builder import a_message, unique_name
from harness.processes import RegistryOnItsOwn, TypeScriptAgent, typescript_agent
from harness.raw_client import raw_client
from harness.signing import signed_raw_peer

NUMBERS = '{"total":224.0,"n":1e+16,"big":12345678901234567890,"z":-0.0}'
"""As Python writes and reads them; a parser of doubles loses every one."""


@pytest.fixture
async def echo(signed_registry: RegistryOnItsOwn, tmp_path: Path) -> AsyncIterator[AgentNode]:
    """Answers with what it is sent."""
    name = unique_name("echo")
    node = AgentNode(name, nats_url=signed_registry.nats_url, dev_auth=True, dev_auth_key_dir=str(tmp_path))

    @node.on_message
    async def handle(message: ReceivedMessage) -> None:
        await node.reply(message, message.payload)

    async with node:
        yield node


async def test_given_dev_auth_in_the_environment_when_two_python_agents_talk_then_what_they_say_is_accepted(
    signed_registry: RegistryOnItsOwn, echo: AgentNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEV_AUTH", "true")
    monkeypatch.setenv("DEV_AUTH_KEY_DIR", str(tmp_path))
    name = unique_name("asker")
    async with AgentNode(name, nats_url=signed_registry.nats_url) as asker:
        reply = await asker.request(to=f"@{echo.username}", payload=json.loads(NUMBERS), timeout=60)
    assert reply.auth
    assert json.dumps(reply.payload, separators=(",", ":")) == NUMBERS
    assert (tmp_path / f"{name}.json").stat().st_mode & 0o777 == 0o600


async def test_given_a_typescript_agent_when_either_asks_the_other_with_numbers_of_python_then_both_verify(
    signed_registry: RegistryOnItsOwn, echo: AgentNode, tmp_path: Path
) -> None:
    with typescript_agent(signed_registry.nats_url, unique_name("typescript"), str(tmp_path)) as other:
        reply = await echo.request(to=other.account_id, payload=json.loads(NUMBERS), timeout=60)
        answer = await _asked(other, echo.account_id, NUMBERS)
    # Signatures hold for what is on the wire; JavaScript's own numbers are doubles.
    as_doubles = {name: float(value) for name, value in json.loads(NUMBERS).items()}
    assert {name: float(value) for name, value in reply.payload.items()} == as_doubles
    assert {name: float(value) for name, value in answer["payload"].items()} == as_doubles


async def test_given_a_forged_message_when_it_reaches_an_agent_then_it_is_refused_and_not_handled(
    signed_registry: RegistryOnItsOwn, echo: AgentNode
) -> None:
    async with raw_client(signed_registry.nats_url) as client:
        mallory = await signed_raw_peer(client)
        forged = mallory.sign(a_message(to=echo.account_id)).replace(mallory.account_id, echo.account_id)
        reply = await client.request(f"account.{echo.account_id}.inbox", forged)
    assert (reply.json["kind"], reply.json["payload"]["error"]) == ("error", "auth_public_key_mismatch")
    assert echo.metrics_snapshot()["processed_count"] == 0


async def test_given_an_agent_that_does_not_sign_when_it_joins_then_it_is_refused(
    signed_registry: RegistryOnItsOwn,
) -> None:
    with pytest.raises(AgentNetError) as refusal:
        await AgentNode(unique_name("unsigned"), nats_url=signed_registry.nats_url, dev_auth=False).start()
    assert refusal.value.code == "auth_required"


async def _asked(agent: TypeScriptAgent, to: str, payload_text: str) -> dict[str, Any]:
    """The agent under test answers on this loop meanwhile."""
    agent.ask(to, payload_text)
    return dict(await asyncio.to_thread(agent.hear))
