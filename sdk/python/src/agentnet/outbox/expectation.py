"""Something that arrives from the network at most once."""

import asyncio
from typing import Generic, TypeVar

from ..clock import Clock, is_done_within
from ..errors import AgentNetError

_Value = TypeVar("_Value")


class Expectation(Generic[_Value]):
    """The first outcome counts, later ones are ignored."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._future: asyncio.Future[_Value] = asyncio.get_running_loop().create_future()

    @property
    def is_settled(self) -> bool:
        return self._future.done()

    def arrive(self, value: _Value) -> None:
        if not self._future.done():
            self._future.set_result(value)

    def fail(self, error: AgentNetError) -> None:
        if not self._future.done():
            self._future.set_exception(error)
            # It may have failed while nobody waited.
            self._future.exception()

    async def within(self, seconds: float | None) -> _Value | None:
        """What arrived, or None when nothing did in that time; then one may wait again. None waits for ever.

        Raises:
            AgentNetError: Whatever it failed with.
        """
        return self._future.result() if await is_done_within(self._clock, self._future, seconds) else None
