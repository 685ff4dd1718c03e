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
        self._value: _Value | None = None
        self._error: AgentNetError | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self.is_settled = False

    def arrive(self, value: _Value) -> None:
        if not self.is_settled:
            self._value = value
            self._settle()

    def fail(self, error: AgentNetError) -> None:
        if not self.is_settled:
            self._error = error
            self._settle()

    async def within(self, seconds: float | None) -> _Value | None:
        """What arrived, or None when nothing did in that time; then one may wait again. None waits for ever.

        Raises:
            AgentNetError: Whatever it failed with.
        """
        if not self.is_settled:
            await self._wait(seconds)
        if self._error:
            raise self._error
        return self._value

    def _settle(self) -> None:
        self.is_settled = True
        for woken in self._waiting:
            _wake(woken)

    async def _wait(self, seconds: float | None) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # No task, and no second future: every request waits here.
        cancel = None if seconds is None else self._clock.after(seconds, lambda: _wake(woken))
        self._waiting.append(woken)
        try:
            await woken
        finally:
            self._waiting.remove(woken)
            if cancel:
                cancel()


def _wake(woken: "asyncio.Future[None]") -> None:
    if not woken.done():
        woken.set_result(None)
