"""The headers that stand beside a body."""

from collections.abc import Callable
from dataclasses import dataclass

from agentnet_protocol import MessageHeaders
from agentnet_protocol.models import SigningPurpose

from ..connection.link import Link
from ..connection.outgoing import Outgoing
from ..identity.detached_text import Place
from .build_message import Sender


def seal(
    sender: Sender, purpose: SigningPurpose, place: Place, headers: MessageHeaders | None = None
) -> MessageHeaders | None:
    """Adds the signature to what else there is, if the sender signs. Spec: rule `auth.v2.signed`."""
    if sender.signer is None:
        return headers
    return {**(headers or {}), **sender.signer.seal(purpose, place)}


@dataclass(frozen=True)
class SealedPublisher:
    """Publishes, signed if the sender signs."""

    link: Link
    sender: Sender

    def sealed(self, purpose: SigningPurpose, place: Place, headers: MessageHeaders | None = None) -> Outgoing:
        """What is published, signed if the sender signs."""
        return Outgoing(place.subject, place.body, place.reply, seal(self.sender, purpose, place, headers))

    async def publish(self, purpose: SigningPurpose, place: Place, headers: MessageHeaders | None = None) -> None:
        sealed = seal(self.sender, purpose, place, headers)
        await self.link.publish(place.subject, place.body, reply=place.reply, headers=sealed)

    def post(self, purpose: SigningPurpose, place: Place) -> None:
        """As `publish`, without ever waiting."""
        self.link.post(place.subject, place.body, reply=place.reply, headers=seal(self.sender, purpose, place))

    def ride(self, purpose: SigningPurpose, place: Place, on_dropped: Callable[[], object]) -> None:
        """As `post`, in the next write of something else where one comes soon."""
        headers = seal(self.sender, purpose, place)
        self.link.ride(place.subject, place.body, headers=headers, on_dropped=on_dropped)
