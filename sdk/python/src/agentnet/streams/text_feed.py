"""Text handed from one writer to its reader, piece by piece."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any

from ..errors import AgentNetError


class WholeText(Awaitable[str]):
    """The whole text of a stream; awaiting it raises what iterating raises. It may be awaited again."""

    def __init__(self, future: "asyncio.Future[str]") -> None:
        self._future = future

    def __await__(self) -> Generator[Any, None, str]:
        # Whoever stops waiting must not take the text from the others.
        return asyncio.shield(self._future).__await__()


class TextFeed:
    """Each piece is read once."""

    def __init__(self, on_left: Callable[[], object]) -> None:
        """`on_left`: the reader has stopped before the end."""
        self._text: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._unread: deque[str] = deque()
        self._on_left = on_left
        self._changed = asyncio.Event()
        self.text = WholeText(self._text)

    @property
    def is_over(self) -> bool:
        return self._text.done()

    def write(self, piece: str) -> None:
        if piece and not self.is_over:
            self._unread.append(piece)
            self._changed.set()

    def end(self, text: str) -> None:
        if not self.is_over:
            self._text.set_result(text)
            self._changed.set()

    def fail(self, error: AgentNetError) -> None:
        if not self.is_over:
            self._text.set_exception(error)
            # Who only iterates gets the error there.
            self._text.exception()
            self._changed.set()

    def leave(self) -> None:
        """The reader wants no more."""
        if not self.is_over:
            self._on_left()

    async def pieces(self) -> AsyncIterator[str]:
        try:
            while True:
                if self._unread:
                    yield self._unread.popleft()
                elif self.is_over:
                    self._text.result()
                    return
                else:
                    self._changed.clear()
                    await self._changed.wait()
        finally:
            self.leave()
