"""How one agent joins and behaves."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from agentnet_protocol import check, limits

from .clock import Clock, SystemClock
from .connection.read_urls import asks_for_tls, read_urls
from .connection.tls_files import TlsFiles
from .errors import AgentNetError, ValidationError
from .require_option import require_at_least, require_integer, require_rate, require_schema, require_text


def _print_error(error: AgentNetError) -> None:
    print(error, file=sys.stderr)


@dataclass(frozen=True, kw_only=True)
class AgentOptions:
    """Only `agent_id` is required. Raises `ValidationError` `invalid_option` for values out of range."""

    agent_id: str
    """Role label of the agent, at most 256 characters. Not an identity: that is the account."""
    name: str | None = None
    """Display name. Default: the agent id."""
    username: str | None = None
    """Wanted username; the registry normalises it. Default: the agent id."""
    account_id: str | None = None
    """An account to return to; the registry finds or makes one when absent."""
    capabilities: Sequence[str] = ()
    """What the agent offers: at most 64 dotted names. With a handler, the agent takes work for each of them."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Free facts about the agent, shown by discovery."""
    nats_url: str = "nats://127.0.0.1:4222"
    """NATS server; the token is written `nats://<token>@host:port`; `tls://` takes servers with TLS only."""
    tls_ca_file: str | None = None
    """PEM file of the authorities that may have signed the server's certificate; for `tls://`. Default: NATS_CA, else
    those of this machine."""
    tls_cert_file: str | None = None
    """PEM file of this client's certificate, for servers that verify clients. Default: NATS_CERT."""
    tls_key_file: str | None = None
    """The private key of `tls_cert_file`. Default: NATS_KEY."""
    connect_timeout_seconds: float = limits.CONNECT_TIMEOUT_MS / 1000
    """Until `start` gives up connecting. Minimum 0.05."""
    max_reconnect_attempts: int = -1
    """Attempts to reconnect to a lost server; -1 = for ever, because agents outlive servers."""
    dev_auth: bool | None = None
    """Signs what is sent and refuses what is not signed. Default: what DEV_AUTH says."""
    dev_auth_key_dir: str | None = None
    """Folder of the key files, one per username, made on first use. Default: DEV_AUTH_KEY_DIR, else `.keys`."""
    auth_require: Literal["v2"] | None = None
    """Takes nothing that is not signed with `ed25519-v2`; needs a registry and peers that speak it. Default: what
    AUTH_REQUIRE says, else both schemes."""
    max_concurrency: int = limits.MAX_CONCURRENCY
    """Handlers that run side by side. Minimum 1; with more than one, messages may be handled out of order."""
    max_pending: int = limits.MAX_PENDING
    """Accepted messages that wait for a handler; one more gets `busy`."""
    work_timeout_seconds: float = limits.WORK_TIMEOUT_MS / 1000
    """Until the handler is cancelled and its sender gets `timeout`. Minimum 0.1; the default fits one model call."""
    drain_timeout_seconds: float = limits.DRAIN_TIMEOUT_MS / 1000
    """How long `close` waits for accepted work before it refuses the rest."""
    dedupe_ttl_seconds: float = limits.DEDUPE_TTL_MS / 1000
    """How long a message id and an idempotency key are remembered after acceptance."""
    shared_dedupe: Literal["off", "keyed", "all"] = "keyed"
    """What the sessions of one account find out together not to handle twice: `keyed`, messages with an idempotency
    key; `all`, every message with an id; `off`, nothing."""
    rate_limit_per_sender_per_sec: float = limits.RATE_LIMIT_PER_SECOND
    """Messages per second one sender may send; infinity turns the limit off."""
    rate_limit_burst: int = limits.RATE_LIMIT_BURST
    """Messages one sender may send at once. Minimum 1."""
    circuit_breaker_failures: int = limits.BREAKER_FAILURES
    """Consecutive failures on one sender's messages that open the circuit for that sender. Minimum 1."""
    circuit_breaker_reset_seconds: float = limits.BREAKER_RESET_MS / 1000
    """How long an open circuit refuses messages before it lets one through to try."""
    default_send_retry_attempts: int = limits.SEND_RETRY_ATTEMPTS
    """Publishes after the first one, each of the identical bytes."""
    default_receipt_timeout_seconds: float = limits.RECEIPT_TIMEOUT_MS / 1000
    """To wait for a receipt after each publish. Minimum 0.2."""
    require_delivery_ack: bool = True
    """Whether `send` waits for a receipt at all."""
    heartbeat_interval: float = limits.HEARTBEAT_INTERVAL_SECONDS
    """Seconds between hellos where the registry names no interval. Minimum 1."""
    max_payload_bytes: int = limits.MESSAGE_MAX_BYTES
    """Largest encoded message sent or accepted; from 1,024 to 1,048,576, above which NATS refuses."""
    default_ttl_ms: int = limits.TTL_MS_DEFAULT
    """Milliseconds a sent message lives when the call names no `ttl_ms`."""
    resolve_cache_ttl_seconds: float = limits.RESOLVE_CACHE_TTL_MS / 1000
    """How long a resolved username is remembered; 0 asks the registry each time."""
    on_error: Callable[[AgentNetError], object] = _print_error
    """Hears of failures nobody waits for, handler errors among them. Default: a line on stderr."""
    clock: Clock = field(default_factory=SystemClock)
    """Time; replaced in tests."""

    def __post_init__(self) -> None:
        self._check_profile()
        self._check_auth()
        self._check_inbox()
        require_text("nats_url", self.nats_url)
        if self.tls_files != TlsFiles() and not asks_for_tls(read_urls(self.nats_url)[0]):
            raise ValidationError("invalid_option", "tls_..._file options are for a tls:// nats_url")
        require_at_least("connect_timeout_seconds", self.connect_timeout_seconds, limits.CONNECT_TIMEOUT_MIN_MS / 1000)
        require_integer("max_reconnect_attempts", self.max_reconnect_attempts, -1)
        require_integer("default_send_retry_attempts", self.default_send_retry_attempts, 0)
        minimum = limits.RECEIPT_TIMEOUT_MIN_MS / 1000
        require_at_least("default_receipt_timeout_seconds", self.default_receipt_timeout_seconds, minimum)
        require_at_least("heartbeat_interval", self.heartbeat_interval, limits.HEARTBEAT_INTERVAL_MIN_SECONDS)
        require_integer("max_payload_bytes", self.max_payload_bytes, 1024, limits.REPLY_MAX_BYTES)
        require_integer("default_ttl_ms", self.default_ttl_ms, limits.TTL_MS_MIN)
        require_at_least("resolve_cache_ttl_seconds", self.resolve_cache_ttl_seconds, 0)

    @property
    def display_name(self) -> str:
        return self.agent_id if self.name is None else self.name

    @property
    def tls_files(self) -> TlsFiles:
        return TlsFiles(ca_file=self.tls_ca_file, cert_file=self.tls_cert_file, key_file=self.tls_key_file)

    @property
    def signs(self) -> bool:
        """Whether dev auth is on."""
        return _is_on("DEV_AUTH") or self._required != "" if self.dev_auth is None else self.dev_auth

    @property
    def requires_v2(self) -> bool:
        """Whether nothing but `ed25519-v2` is taken."""
        return self._required == "v2"

    @property
    def _required(self) -> str:
        return os.environ.get("AUTH_REQUIRE", "").strip().lower() if self.auth_require is None else self.auth_require

    @property
    def key_dir(self) -> str:
        return self.dev_auth_key_dir or os.environ.get("DEV_AUTH_KEY_DIR") or ".keys"

    def _check_profile(self) -> None:
        require_text("agent_id", self.agent_id)
        require_schema("agent_id", "Label", self.agent_id)
        require_schema("name", "Label", self.display_name)
        if self.username is not None:
            require_schema("username", "UsernameText", self.username)
        if self.account_id is not None:
            require_schema("account_id", "AccountId", self.account_id)
        if isinstance(self.capabilities, str):
            raise ValidationError("invalid_option", "capabilities must be a list of names")
        for capability in self.capabilities:
            require_schema("capabilities", "CapabilityName", capability)
        object.__setattr__(self, "capabilities", list(dict.fromkeys(self.capabilities)))
        object.__setattr__(self, "metadata", dict(self.metadata))
        violations = check(
            "RegisterRequest",
            {"agent_id": self.agent_id, "capabilities": self.capabilities, "metadata": self.metadata},
        )
        if violations:
            raise ValidationError("invalid_option", f"{violations[0].path[1:]} {violations[0].message}")

    def _check_auth(self) -> None:
        if self.dev_auth is not None and not isinstance(self.dev_auth, bool):
            raise ValidationError("invalid_option", f"dev_auth must be True or False, got {self.dev_auth!r}")
        if self._required not in ("", "v2"):
            raise ValidationError("invalid_option", f"auth_require (AUTH_REQUIRE) must be v2, got {self._required!r}")
        if self.auth_require is not None and not self.signs:
            raise ValidationError("invalid_option", "auth_require contradicts dev_auth=False; leave one out")

    def _check_inbox(self) -> None:
        require_integer("max_concurrency", self.max_concurrency, 1)
        require_integer("max_pending", self.max_pending, 0)
        require_at_least("work_timeout_seconds", self.work_timeout_seconds, limits.WORK_TIMEOUT_MIN_MS / 1000)
        require_at_least("drain_timeout_seconds", self.drain_timeout_seconds, 0)
        require_at_least("dedupe_ttl_seconds", self.dedupe_ttl_seconds, 0)
        if self.shared_dedupe not in ("off", "keyed", "all"):
            raise ValidationError(
                "invalid_option", f"shared_dedupe must be off, keyed or all, got {self.shared_dedupe!r}"
            )
        require_rate("rate_limit_per_sender_per_sec", self.rate_limit_per_sender_per_sec)
        require_integer("rate_limit_burst", self.rate_limit_burst, 1)
        require_integer("circuit_breaker_failures", self.circuit_breaker_failures, 1)
        require_at_least("circuit_breaker_reset_seconds", self.circuit_breaker_reset_seconds, 0)


def _is_on(variable: str) -> bool:
    """A misspelt switch is refused: an agent that quietly signs nothing is worse than one that does not start."""
    text = os.environ.get(variable, "").strip().lower()
    if text in ("1", "true", "yes", "y", "on"):
        return True
    if text in ("", "0", "false", "no", "n", "off"):
        return False
    raise ValidationError("invalid_option", f"{variable} must be true or false, got {text!r}")
