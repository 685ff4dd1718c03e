"""Dev auth against the golden vectors of the protocol's first version."""

import json
from pathlib import Path
from typing import Any

import pytest
from agentnet.identity.canonical_json import canonical_json
from agentnet.identity.claims import claims_text, message_claims
from agentnet.identity.key_file import KeyFile, key_file_name, load_key_pair
from agentnet.identity.key_pair import KeyPair
from agentnet.identity.key_ring import AccountKeys, FoundKeys
from agentnet.identity.message_verifier import MessageVerifier, Recipient
from agentnet.identity.raw_member import raw_member
from agentnet.identity.signature import read_auth, sign_claims
from agentnet.received_message import to_received_message
from agentnet_protocol import Parsed, ProtocolError, TransportMessage, decode_json, subjects

GOLDEN = Path(__file__).parents[2] / "typescript/test/golden"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))


CANONICAL = golden("canonical-json")["vectors"]
REGISTRATIONS = golden("register-claims")
MESSAGES = golden("message-claims")
PAIR = KeyPair(bytes.fromhex(REGISTRATIONS["test_key"]["seed_hex"]))
# The first version reads these texts and numbers as an integer; no published client sends them: malformed here.
MALFORMED = ("fields/ttl-string", "fields/ttl-garbage")


class BoundKeys:
    """The keys of the golden file, in place of a registry."""

    async def find(self, account_id: str) -> FoundKeys:
        key = MESSAGES["bound_keys"].get(account_id)
        return "auth_key_not_found" if key is None else AccountKeys(str(key))

    async def find_other(self, account_id: str) -> FoundKeys:
        return await self.find(account_id)


def by_id(vector: Any) -> str:
    return str(vector["id"])


@pytest.mark.parametrize("vector", CANONICAL, ids=by_id)
def test_given_a_payload_when_written_canonically_then_it_is_the_golden_text(vector: Any) -> None:
    """auth.canonical-json"""
    if vector["id"] in ("nonjson-NaN", "nonjson-Infinity", "nonjson-neg-Infinity"):
        with pytest.raises(ProtocolError):
            canonical_json(vector["wire"])
    else:
        assert canonical_json(vector["wire"]) == vector["canonical"]


@pytest.mark.parametrize("vector", REGISTRATIONS["vectors"], ids=by_id)
def test_given_a_registration_when_signed_then_text_and_signature_are_golden(vector: Any) -> None:
    """auth.register.claims"""
    auth = sign_claims(vector["claims"], PAIR)
    assert claims_text(vector["claims"]).decode() == vector["canonical"]
    assert (auth["public_key"], auth["signature"]) == (PAIR.public_key, vector["signature"])


@pytest.mark.parametrize("vector", MESSAGES["vectors"], ids=by_id)
async def test_given_a_message_when_verified_then_the_verdict_is_golden(vector: Any) -> None:
    """auth.message.claims, auth.message.refusals"""
    verifier = MessageVerifier(BoundKeys(), Recipient("acct_02", ["math"]), elapsed=lambda: 0)
    decoded = decode_json("Message", vector["wire"].encode())
    if vector["id"] in MALFORMED or not isinstance(decoded, Parsed):
        assert not isinstance(decoded, Parsed)
        assert vector["id"].startswith("fields/ttl-")
        return
    message, raw = (
        to_received_message(decoded.value),
        TransportMessage(subjects.account_inbox("acct_02"), vector["wire"].encode()),
    )
    verdict = await verifier.refusal_for(message, decoded.text, raw, purpose="message")
    assert (verdict or "ok") == vector["expected"]


@pytest.mark.parametrize("vector", [one for one in MESSAGES["vectors"] if one["id"].startswith("payload/")], ids=by_id)
def test_given_a_payload_when_signed_anew_then_claims_and_signature_are_golden(vector: Any) -> None:
    """auth.message.claims"""
    claims = message_claims(json.loads(vector["wire"]), raw_member(vector["wire"], "payload") or "")
    auth = read_auth(sign_claims(claims, PAIR))
    assert claims == vector["claims"]
    assert not isinstance(auth, str) and auth.signature == vector["signature"] and auth.is_genuine


def test_given_a_name_when_its_key_is_loaded_twice_then_it_is_one_private_file(tmp_path: Path) -> None:
    """auth.keys.private"""
    exposed: list[object] = []
    alice = KeyFile(key_dir=str(tmp_path), name="alice", on_exposed=exposed.append)
    first, second = load_key_pair(alice), load_key_pair(alice)
    file = tmp_path / "alice.json"
    assert first.public_key == second.public_key and exposed == []
    assert file.stat().st_mode & 0o077 == 0
    assert first.private_key not in repr(first)
    file.chmod(0o644)
    load_key_pair(alice)
    assert len(exposed) == 1


def test_given_two_names_that_look_alike_when_their_files_are_named_then_they_differ() -> None:
    """auth.keys.private"""
    names = ["a/b", "a b", "a_b", "../a", "é", "x" * 200]
    assert len({key_file_name(name) for name in names}) == len(names)
    assert all("/" not in key_file_name(name) and not key_file_name(name).startswith(".") for name in names)
