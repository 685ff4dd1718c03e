"""Where the NATS servers are."""

from urllib.parse import unquote, urlsplit

from ..errors import ValidationError
from .redact_url import redact_url


def read_urls(url: str) -> tuple[list[str], str | None]:
    """The servers of a comma-separated list, and the token: nats-py does not take one out of a list by itself.

    Raises:
        ValidationError: `invalid_option`
    """
    servers = []
    token: str | None = None
    for one in url.split(","):
        text = one.strip()
        try:
            parts = urlsplit(text if "://" in text else f"nats://{text}")
            port = parts.port or 4222
        except ValueError:
            raise _bad_url(text) from None
        if parts.scheme not in ("nats", "tls") or not parts.hostname:
            raise _bad_url(text)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        if parts.username and not parts.password:
            token = unquote(parts.username)
        credentials = f"{parts.username}:{parts.password}@" if parts.password else ""
        servers.append(f"{parts.scheme}://{credentials}{host}:{port}")
    return servers, token


def asks_for_tls(servers: list[str]) -> bool:
    """Whether one of them is named with `tls://`; then all are reached so."""
    return any(server.startswith("tls:") for server in servers)


def _bad_url(text: str) -> ValidationError:
    return ValidationError(
        "invalid_option", f"nats_url must look like nats://<token>@host:port, got {redact_url(text)}"
    )
