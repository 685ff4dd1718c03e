"""Something that arrives from the network at most once."""

import asyncio
from typing import Generic, TypeVar

from ..clock import Clock
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

    async def within(self, seconds: float) -> _Value | None:
        """What arrived, or None when nothing did in that time; then one may wait again.

        Raises:
            AgentNetError: Whatever it failed with.
        """
        late = asyncio.Event()
        cancel = self._clock.after(seconds, late.set)
        timer = asyncio.ensure_future(late.wait())
        try:
            await asyncio.wait([self._future, timer], return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]
            return self._future.result() if self._future.done() else None
        finally:
            cancel()
            timer.cancel()
