"""Scheme `ed25519-v2` against the golden vectors of every language."""

import json
from typing import Any

import pytest
from agentnet.identity.detached_header import (
    DetachedSignature,
    read_detached_header,
    write_detached_header,
)
from agentnet.identity.detached_signature import sign_detached, verify_detached
from agentnet.identity.detached_text import Place, Statement, detached_text
from agentnet.identity.key_pair import KeyPair
from harness.processes import REPOSITORY

# One file for every language; the contract tests own it.
GOLDEN = json.loads((REPOSITORY / "contract-tests/golden/ed25519-v2.json").read_text("utf-8"))
PAIRS = {name: KeyPair(bytes.fromhex(key["seed_hex"])) for name, key in GOLDEN["keys"].items()}


def by_id(vector: Any) -> str:
    return str(vector["id"])


def place_of(vector: Any) -> Place:
    fields = vector["fields"]
    return Place(fields["subject"], fields["body"].encode(), fields["reply"])


def statement_of(vector: Any) -> Statement:
    fields, pair = vector["fields"], PAIRS[vector["signed_by"]]
    return Statement(
        purpose=fields["purpose"],
        account_id=fields["account"],
        agent_id=fields["agent"],
        session_tag=fields["session"],
        public_key=pair.public_key,
        signed_at=fields["at"],
        nonce=fields["nonce"],
    )


def test_given_the_golden_seeds_when_made_into_keys_then_their_public_halves_are_golden() -> None:
    """auth.v2.text"""
    assert {name: pair.public_key for name, pair in PAIRS.items()} == {
        name: key["public_key"] for name, key in GOLDEN["keys"].items()
    }
    assert (len(GOLDEN["good"]), len(GOLDEN["bad"])) == (19, 25)


@pytest.mark.parametrize("vector", GOLDEN["good"], ids=by_id)
def test_given_a_body_for_a_place_when_signed_then_text_and_header_are_golden(vector: Any) -> None:
    """auth.v2.text, auth.v2.header"""
    statement, place = statement_of(vector), place_of(vector)
    assert detached_text(statement, place).decode() == vector["text"]
    assert sign_detached(statement, place, PAIRS[vector["signed_by"]]) == vector["header"]


@pytest.mark.parametrize("vector", GOLDEN["good"], ids=by_id)
def test_given_a_golden_header_when_read_then_it_verifies_and_is_written_the_same(vector: Any) -> None:
    """auth.v2.text, auth.v2.header"""
    signature = read_detached_header(vector["header"])
    assert isinstance(signature, DetachedSignature)
    assert signature.signature == vector["signature"]
    assert write_detached_header(signature) == vector["header"]
    assert verify_detached(signature, place_of(vector))


@pytest.mark.parametrize("vector", GOLDEN["bad"], ids=by_id)
def test_given_a_bad_signature_when_verified_then_the_verdict_is_golden(vector: Any) -> None:
    """auth.v2.text, auth.v2.header"""
    signature = read_detached_header(vector["header"])
    if isinstance(signature, DetachedSignature):
        assert vector["code"] == "auth_signature_invalid"
        assert not verify_detached(signature, place_of(vector))
    else:
        assert signature == vector["code"]


def test_given_fields_of_a_signature_when_what_separates_them_moves_then_the_texts_differ() -> None:
    """auth.v2.text"""
    names = [("a", "bc"), ("ab", "c"), ("a\nsession:2:bc", "")]
    texts = {
        detached_text(
            Statement(purpose="message", account_id="", agent_id=agent, session_tag=session, signed_at=""),
            Place("s", b"{}"),
        )
        for agent, session in names
    }
    assert len(texts) == len(names)
