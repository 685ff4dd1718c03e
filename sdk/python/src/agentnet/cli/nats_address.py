"""Which NATS server a command talks to."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import ValidationError

PUBLIC_TOKEN = "agentnet_secret_token"  # noqa: S105 - the protocol's well-known token, good on a loopback address only

_DEFAULT_URL = "nats://127.0.0.1:4222"
_READABLE_BY_OTHERS = 0o077


def choose_address(nats_url: str | None, context: str | None, environment: Mapping[str, str]) -> str:
    """`--nats-url`, else `--context`, else NATS_URL, else the current context, else this machine.

    Raises:
        ValidationError: `invalid_option`
    """
    if nats_url is not None and context is not None:
        raise ValidationError("invalid_option", "give one of --nats-url and --context")
    if context is None and (nats_url is not None or environment.get("NATS_URL")):
        return _resolve(nats_url or environment["NATS_URL"], environment)
    contexts = _read_contexts(environment)
    name = contexts["current"] if context is None else context
    if name is None:
        return _resolve(_DEFAULT_URL, environment)
    found = contexts["contexts"].get(name)
    if found is None:
        known = ", ".join(contexts["contexts"]) or "none"
        raise ValidationError("invalid_option", f"there is no context {json.dumps(name)}; there are: {known}")
    return _resolve(found["nats_url"], environment)


def config_folder(environment: Mapping[str, str]) -> Path:
    """Where this user's settings for agentnet are: XDG_CONFIG_HOME, else ~/.config."""
    chosen = environment.get("XDG_CONFIG_HOME", "")
    # The XDG rules say that a relative path does not count.
    return (Path(chosen) if os.path.isabs(chosen) else Path.home() / ".config") / "agentnet"


def _resolve(text: str, environment: Mapping[str, str]) -> str:
    """A URL without credentials gets the token of AGENTNET_TOKEN, on a loopback address else the public one."""
    return ",".join(_with_token(one.strip(), environment) for one in text.split(","))


def _with_token(text: str, environment: Mapping[str, str]) -> str:
    url = text if "://" in text else f"nats://{text}"
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("nats", "tls") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        # The text stays out of the message: it may hold a token.
        raise ValidationError(
            "invalid_option",
            "the NATS address must be nats:// or tls://, then the token and @ where there is one, then host:port",
        )
    if parts.username:
        return url
    token = environment.get("AGENTNET_TOKEN") or (PUBLIC_TOKEN if _is_loopback(parts.hostname or "") else "")
    return parts._replace(netloc=f"{token}@{parts.netloc.rpartition('@')[2]}").geturl() if token else url


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def _read_contexts(environment: Mapping[str, str]) -> dict[str, Any]:
    """The named connections that `agentnet contexts` wrote; none without a file."""
    path = config_folder(environment) / "contexts.json"
    try:
        text = path.read_text("utf-8")
        is_exposed = os.name == "posix" and bool(path.stat().st_mode & _READABLE_BY_OTHERS)
    except (FileNotFoundError, NotADirectoryError):
        return {"current": None, "contexts": {}}
    except OSError as cause:
        raise ValidationError("invalid_option", f"{path} cannot be read: {cause.strerror}") from cause
    if is_exposed:
        raise ValidationError("invalid_option", f"{path} holds tokens and others can read it; run: chmod 600 {path}")
    try:
        contexts: dict[str, Any] = json.loads(text)
        if all(isinstance(one["nats_url"], str) for one in contexts["contexts"].values()):
            return {"current": contexts.get("current"), "contexts": contexts["contexts"]}
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    raise ValidationError("invalid_option", f"{path} is not what agentnet writes; mend or remove it")
