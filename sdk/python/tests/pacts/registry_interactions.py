"""What this SDK relies on in a registry: the interactions both SDKs share, less what it does not offer."""

import json
from dataclasses import dataclass, field
from typing import Any

from agentnet_protocol import operations

from .keys import with_keys
from .written_pact import FOLDER

UNOFFERED_OPERATIONS = frozenset({"rotate_key", "revoke_key"})
"""This SDK keeps the key it has."""

UNOFFERED = frozenset(
    {"register: an agent signs where only one scheme will do", "register is refused: auth_purpose_mismatch"}
)
"""This SDK signs with dev-ed25519-v1 only, which needs no header and names no purpose."""


@dataclass(frozen=True)
class RegistryInteraction:
    description: str
    operation: str
    request: dict[str, Any]
    reply: dict[str, Any]
    exact: list[str]
    states: list[dict[str, Any]] = field(default_factory=list)
    is_signed: bool = False
    code: str | None = None

    @property
    def reply_schema(self) -> str:
        return "ErrorReply" if self.code else str(operations[self.operation].reply)

    @property
    def request_schema(self) -> str:
        return operations[self.operation].request


def registry_interactions() -> list[RegistryInteraction]:
    files = sorted((FOLDER / "interactions/registry").glob("*.json"))
    read = [json.loads(with_keys(file.read_text("utf-8"))) for file in files]
    offered = [file for file in read if file["operation"] not in UNOFFERED_OPERATIONS]
    found = [interaction for file in offered for interaction in (*_answers(file), *_refusals(file))]
    return [interaction for interaction in found if interaction.description not in UNOFFERED]


def _answers(file: dict[str, Any]) -> list[RegistryInteraction]:
    return [
        RegistryInteraction(
            description=f"{file['operation']}: {answer['description']}",
            operation=file["operation"],
            request=answer["request"],
            reply=answer["reply"],
            exact=answer["exact"],
            states=answer["states"],
            is_signed=answer.get("signed", False),
        )
        for answer in file["answers"]
    ]


def _refusals(file: dict[str, Any]) -> list[RegistryInteraction]:
    return [
        RegistryInteraction(
            description=f"{file['operation']} is refused: {refusal['code']}",
            operation=file["operation"],
            request=refusal.get("request", file["answers"][0]["request"]),
            reply=_error_reply(file["operation"], refusal["code"]),
            exact=["/error", "/code"],
            states=refusal["states"],
            is_signed=refusal.get("signed", False),
            code=refusal["code"],
        )
        for refusal in file["refusals"]
    ]


def _error_reply(operation: str, code: str) -> dict[str, Any]:
    reply = {"error": operations[operation].errors[code], "code": code}
    # Longer than any call may take: otherwise the client would wait and ask again.
    return {**reply, "retry_after_ms": 90_000} if code == "rate_limited" else reply
