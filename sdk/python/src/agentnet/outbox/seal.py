"""The headers that stand beside a body."""

from collections.abc import Awaitable, Callable

from agentnet_protocol import MessageHeaders
from agentnet_protocol.models import SigningPurpose

from ..connection.link import Link
from ..identity.detached_text import Place
from .build_message import Sender


def seal(
    sender: Sender, purpose: SigningPurpose, place: Place, headers: MessageHeaders | None = None
) -> MessageHeaders | None:
    """Adds the signature to what else there is, if the sender signs. Spec: rule `auth.v2.signed`."""
    if sender.signer is None:
        return headers
    return {**(headers or {}), **sender.signer.seal(purpose, place)}


def publish_sealed(
    link: Link, sender: Sender
) -> Callable[[SigningPurpose, Place, MessageHeaders | None], Awaitable[None]]:
    """Publishes, signed if the sender signs."""

    async def publish(purpose: SigningPurpose, place: Place, headers: MessageHeaders | None) -> None:
        sealed = seal(sender, purpose, place, headers)
        await link.publish(place.subject, place.body, reply=place.reply, headers=sealed)

    return publish
