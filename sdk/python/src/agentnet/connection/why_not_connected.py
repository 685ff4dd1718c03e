"""Telling what is wrong with a connection that does not come about."""

from ..errors import AgentNetError, TransportError
from .redact_url import redact_url
from .to_agentnet_error import to_agentnet_error


def why_not_connected(
    url: str, failed: BaseException | None, refused: AgentNetError | None, timeout: float
) -> AgentNetError:
    """`connect_failed` or `authorization_failed`, with the remedy.

    Args:
        url: As the program gave it.
        failed: What the client gave up with, if it did.
        refused: What the server, or all of them, said to the attempts.
        timeout: Seconds it was tried for.
    """
    where = redact_url(url)
    code = refused.code if refused else to_agentnet_error(failed).code if failed else "connect_failed"
    if code == "authorization_failed":
        return TransportError(
            code, f"{where} refused the credentials; put the token into the URL as nats://<token>@host:port"
        )
    why = str(failed or "") or (refused.detail if refused else f"no answer within {timeout:g} s")
    remedy = (
        "name the authority that signed it in tls_ca_file or NATS_CA, and the host as the certificate does"
        if "certificate" in why
        else "check the URL, or start one with 'agentnet up' or 'nats-server -js'"
    )
    return TransportError("connect_failed", f"no NATS server at {where} ({why}); {remedy}")
