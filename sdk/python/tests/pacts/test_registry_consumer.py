"""What this SDK relies on in a registry."""

from pathlib import Path
from typing import Any

import pytest
from agentnet import AgentNetError
from agentnet.identity.claims import register_claims
from agentnet.identity.signature import sign_claims

from .keys import key_of
from .registry_interactions import RegistryInteraction, registry_interactions
from .scripted_registry import scripted_registry
from .sdk_calls import ask, result_of
from .written_pact import WrittenPact, matching

INTERACTIONS = registry_interactions()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> WrittenPact:
    pact = WrittenPact("python-sdk", "registry", tmp_path_factory.mktemp("pact"))
    for interaction in INTERACTIONS:
        message = pact.pact.upon_receiving(interaction.description, "Sync")
        for state in interaction.states:
            message.given(state["name"], state.get("parameters"))
        request = signed_example(interaction.request) if interaction.is_signed else interaction.request
        (
            message.add_external_reference("asyncapi", "request", interaction.request_schema)
            .add_external_reference("asyncapi", "reply", interaction.reply_schema)
            .with_body(matching(request, []), "application/json")
            .will_respond_with()
            .with_body(matching(interaction.reply, interaction.exact), "application/json")
        )
    return pact


@pytest.fixture(scope="module")
def written_interactions(written: WrittenPact) -> dict[str, dict[str, Any]]:
    return written.write()


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=lambda interaction: interaction.description)
async def test_given_an_interaction_when_the_sdk_asks_then_it_sends_the_request_and_understands_the_answer(
    interaction: RegistryInteraction,
    written_interactions: dict[str, dict[str, Any]],
    bare_nats_url: str,
    tmp_path: Path,
) -> None:
    reply = written_interactions[interaction.description]["response"][0]["contents"]["content"]
    async with scripted_registry(bare_nats_url, interaction.operation, reply) as heard:
        outcome = await outcome_of(interaction, bare_nats_url, tmp_path)
    sent = [{name: value for name, value in call.body.items() if name != "auth"} for call in heard]
    assert sent == [interaction.request]
    assert ["auth" in call.body for call in heard] == [interaction.is_signed]
    changes_key = interaction.operation in ("rotate_key", "revoke_key")
    assert [call.is_sealed for call in heard] == [interaction.is_signed or changes_key]
    expected = {"refused": interaction.code} if interaction.code else {"result": result_of(interaction)}
    assert outcome == expected


def test_given_all_interactions_when_they_have_been_written_then_the_pact_is_the_committed_one(
    written: WrittenPact, written_interactions: dict[str, dict[str, Any]]
) -> None:
    assert len(written_interactions) == len(INTERACTIONS)
    now, committed = written.settle()
    assert now == committed


async def outcome_of(interaction: RegistryInteraction, nats_url: str, folder: Path) -> dict[str, Any]:
    try:
        return {"result": await ask(interaction, nats_url, folder)}
    except AgentNetError as error:
        return {"refused": error.code}


def signed_example(request: dict[str, Any]) -> dict[str, Any]:
    """Signed once and for all, so that the file is the same each time."""
    names = {name: request[name] for name in ("agent_id", "name", "username", "account_id")}
    claims = register_claims(**names, timestamp="2026-02-21T08:00:00Z", nonce="pact")
    return {**request, "auth": sign_claims(claims, key_of("weather"))}
