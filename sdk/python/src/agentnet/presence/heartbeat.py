"""Keeping a session online."""

import asyncio
from collections.abc import Callable

from agentnet_protocol import Goodbye, Hello, RegistryClient

from ..clock import Clock, timestamp
from ..connection.link import Link
from ..connection.to_agentnet_error import to_agentnet_error
from ..errors import AgentNetError
from .register import Session


class Heartbeat:
    """A hello now, after every reconnect, and every interval."""

    def __init__(
        self,
        registry: RegistryClient,
        session: Session,
        link: Link,
        *,
        clock: Clock,
        on_error: Callable[[AgentNetError], object],
    ) -> None:
        self._registry = registry
        self._session = session
        self._link = link
        self._clock = clock
        self._on_error = on_error
        self._cancel: Callable[[], None] = lambda: None
        self._beating: set[asyncio.Task[None]] = set()

    async def beat(self) -> None:
        """Says hello and plans the next one. While the connection is down nothing is sent; the reconnect does it."""
        self._cancel()
        self._cancel = self._clock.after(self._session.heartbeat_seconds, self._beat_later)
        if not self._link.is_up:
            return
        session = self._session
        await self._registry.hello(
            Hello(
                agent_id=session.agent_id,
                name=session.name,
                capabilities=session.capabilities,
                metadata=session.metadata,
                account_id=session.account_id,
                username=session.username,
                session_tag=session.session_tag,
                last_seen=timestamp(self._clock.now()),
            )
        )

    def stop(self) -> None:
        self._cancel()
        for task in self._beating:
            task.cancel()

    async def goodbye(self) -> None:
        session = self._session
        seen_at = timestamp(self._clock.now())
        await self._registry.goodbye(
            Goodbye(session_tag=session.session_tag, agent_id=session.agent_id, seen_at=seen_at)
        )

    def _beat_later(self) -> None:
        task = asyncio.ensure_future(self._beat_unattended())
        self._beating.add(task)
        task.add_done_callback(self._beating.discard)

    async def _beat_unattended(self) -> None:
        try:
            await self.beat()
        except Exception as cause:  # Nobody waits for it; the next beat tries again.
            self._on_error(to_agentnet_error(cause))
