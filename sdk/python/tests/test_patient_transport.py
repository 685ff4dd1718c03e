"""Which answers of a registry are read as a wish to wait."""

from typing import Any, cast

import pytest
from agentnet.clock import SystemClock
from agentnet.connection import patient_transport
from agentnet.connection.patient_transport import PatientTransport
from agentnet_protocol import Transport, encode_json, subjects

ANSWER = encode_json({"agents": []})
REFUSAL = encode_json({"error": "rate_limited", "code": "rate_limited", "retry_after_ms": 1})
TIMEOUT_MS = 60_000


class Answering:
    """A transport that gives these answers one after the other."""

    def __init__(self, *answers: bytes) -> None:
        self.left = list(answers)

    async def request(self, _subject: str, _body: bytes, **_options: Any) -> bytes:
        return self.left.pop(0)


async def ask(inner: Answering) -> bytes:
    transport = PatientTransport(cast(Transport, inner), SystemClock())
    return await transport.request(subjects.REGISTRY_LIST, b"{}", timeout_ms=TIMEOUT_MS)


async def test_given_a_refusal_when_its_time_has_passed_then_the_registry_is_asked_again() -> None:
    """rpc.rate-limit.wait"""
    inner = Answering(REFUSAL, ANSWER)
    assert await ask(inner) == ANSWER
    assert inner.left == []


@pytest.mark.parametrize(
    "reply",
    [
        {"agents": [{"agent_id": "rate_limited"}], "retry_after_ms": 5},
        {"error": "rate_limited", "code": "internal_error", "retry_after_ms": 5},
    ],
)
async def test_given_an_answer_that_names_the_code_elsewhere_when_it_comes_then_it_is_the_answer_at_once(
    reply: dict[str, Any],
) -> None:
    inner = Answering(encode_json(reply), ANSWER)
    assert await ask(inner) == encode_json(reply)
    assert inner.left == [ANSWER]


async def test_given_a_short_answer_without_the_code_when_it_comes_then_nobody_reads_it_but_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[bytes] = []
    monkeypatch.setattr(patient_transport, "decode_json", lambda _name, body: read.append(body))
    assert await ask(Answering(ANSWER)) == ANSWER
    assert read == []
