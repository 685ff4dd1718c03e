"""The account under which a person's commands send."""

import hashlib
import json
import os
import re
import socket
from collections.abc import Mapping

from ..agent_node import AgentNode
from .command import Network
from .nats_address import config_folder

_PART_LENGTH = 10
"""Letters of each part; with the digest the name fits the protocol's 32."""


def operator_node(network: Network) -> AgentNode:
    """This person's one account, with a session of its own; not yet started."""
    environment = network.environment
    connection = {} if network.timeout is None else {"connect_timeout_seconds": network.timeout}
    return AgentNode(
        "cli",
        name="agentnet command",
        username=operator_name(environment),
        metadata={"role": "operator"},
        nats_url=network.nats_url,
        # The key belongs to the account, not to the folder a command happens to be typed in.
        dev_auth_key_dir=environment.get("DEV_AUTH_KEY_DIR") or str(config_folder(environment) / "keys"),
        max_reconnect_attempts=0,
        # Whatever matters to a command comes back from its calls.
        on_error=lambda error: None,
        **connection,
    )


def operator_name(environment: Mapping[str, str]) -> str:
    """Always the same for one user of one machine, and that of the `agentnet` command; AGENTNET_OPERATOR names
    another one."""
    chosen = environment.get("AGENTNET_OPERATOR", "").strip()
    if chosen:
        return chosen
    user, host = _user_name(environment), socket.gethostname()
    named = json.dumps([user, host], ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(named.encode()).hexdigest()[:6]
    return "-".join(part for part in ("op", _plain(user), _plain(host), digest) if part)


def _user_name(environment: Mapping[str, str]) -> str:
    """A container's user may have no name."""
    if os.name != "posix":
        return environment.get("USERNAME", "")
    import pwd  # Absent elsewhere.

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return environment.get("USER") or str(os.getuid())


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower())[:_PART_LENGTH].strip("_")
