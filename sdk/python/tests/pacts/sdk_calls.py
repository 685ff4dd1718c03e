"""How this SDK asks one thing, and what it makes of the answer."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from agentnet import (
    AgentNode,
    get_profile,
    get_registry_metrics,
    get_thread_messages,
    get_thread_status,
    list_online_agents,
    list_threads,
    resolve_account,
    search_agents,
    search_messages,
)
from agentnet.connection.to_agentnet_error import with_own_errors
from agentnet.discovery.one_shot import open_registry
from agentnet_protocol import ResolveKeyRequest

from .keys import key_of, write_key_file
from .registry_interactions import RegistryInteraction


async def ask(interaction: RegistryInteraction, nats_url: str, folder: Path) -> Any:
    """What a caller gets, as JSON."""
    if interaction.operation == "register":
        return await _join(interaction, nats_url, folder)
    if interaction.operation in ("rotate_key", "revoke_key"):
        return await _change_key(interaction, nats_url, folder)
    return await _CALLS[interaction.operation](nats_url, dict(interaction.request))


def result_of(interaction: RegistryInteraction) -> Any:
    """What a caller should get for the reply."""
    reply = interaction.reply
    if interaction.operation == "register":
        return {name: reply[name] for name in ("account_id", "username", "session_tag")}
    if interaction.operation == "rotate_key":
        return {name: reply[name] for name in _ROTATED}
    if interaction.operation == "revoke_key":
        return None
    part = {"list": "agents", "resolve_account": "account_id", "profile": "profile"}.get(interaction.operation)
    return reply[part] if part else reply


async def _join(interaction: RegistryInteraction, nats_url: str, folder: Path) -> dict[str, str]:
    write_key_file(folder, "weather")
    options = {name: value for name, value in interaction.request.items() if name not in ("agent_id", "features")}
    node = AgentNode(
        interaction.request["agent_id"],
        nats_url=nats_url,
        dev_auth=interaction.is_signed,
        dev_auth_key_dir=str(folder),
        on_error=lambda error: None,
        **options,
    )
    async with node:
        return {"account_id": node.account_id, "username": node.username, "session_tag": node.session_tag}


_ROTATED = ("public_key", "previous_public_key", "previous_valid_until")


async def _change_key(interaction: RegistryInteraction, nats_url: str, folder: Path) -> dict[str, str] | None:
    write_key_file(folder, "weather")
    write_key_file(folder, "weather.json.next", of="next")
    node = AgentNode(
        "weather",
        nats_url=nats_url,
        name="Weather",
        account_id="acct_weather",
        username="weather",
        dev_auth=True,
        dev_auth_key_dir=str(folder),
        on_error=lambda error: None,
    )
    async with node:
        if interaction.operation == "rotate_key":
            rotation = await node.rotate_key()
            return {name: getattr(rotation, name) for name in _ROTATED}
        told = interaction.request["public_key"]
        await node.revoke_key(public_key=None if told == key_of("weather").public_key else told)
        return None


async def _list(url: str, _request: dict[str, Any]) -> Any:
    return [_json(row) for row in await list_online_agents(url)]


async def _resolve_account(url: str, request: dict[str, Any]) -> Any:
    return await resolve_account(url, request["username"])


async def _resolve_key(url: str, request: dict[str, Any]) -> Any:
    async with open_registry(url) as registry:
        return _json(await with_own_errors(registry.resolve_key(ResolveKeyRequest(**request))))


async def _profile(url: str, request: dict[str, Any]) -> Any:
    ((field, value),) = request.items()
    return _json(await get_profile(url, f"{'account' if field == 'account_id' else 'username'}:{value}"))


async def _thread_status(url: str, request: dict[str, Any]) -> Any:
    return _json(await get_thread_status(url, request["thread_id"]))


async def _thread_messages(url: str, request: dict[str, Any]) -> Any:
    request.pop("strict_cursor", None)
    return _json(await get_thread_messages(url, request.pop("thread_id"), **request))


async def _metrics(url: str, _request: dict[str, Any]) -> Any:
    return _json(await get_registry_metrics(url))


def _filtered(question: Callable[..., Awaitable[Any]]) -> Callable[[str, dict[str, Any]], Awaitable[Any]]:
    async def call(url: str, request: dict[str, Any]) -> Any:
        request.pop("strict_cursor", None)
        return _json(await question(url, **request))

    return call


_CALLS: dict[str, Callable[[str, dict[str, Any]], Awaitable[Any]]] = {
    "list": _list,
    "resolve_account": _resolve_account,
    "resolve_key": _resolve_key,
    "search": _filtered(search_agents),
    "profile": _profile,
    "thread_status": _thread_status,
    "thread_list": _filtered(list_threads),
    "thread_messages": _thread_messages,
    "message_search": _filtered(search_messages),
    "metrics": _metrics,
}


def _json(model: Any) -> Any:
    return model.model_dump(mode="json", exclude_unset=True)
