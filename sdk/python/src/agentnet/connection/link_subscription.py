"""A subscription of the link."""

import contextlib

from nats import errors as nats_errors
from nats.aio.subscription import Subscription


class LinkSubscription:
    """The generated `TransportSubscription` over nats-py."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    async def unsubscribe(self) -> None:
        with contextlib.suppress(nats_errors.Error):
            await self._subscription.unsubscribe()

    async def drain(self) -> None:
        with contextlib.suppress(nats_errors.Error):
            await self._subscription.drain()  # type: ignore[no-untyped-call]
