"""Answers that may have many pages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any, Generic, Protocol, TypeVar

from .connection.to_agentnet_error import with_own_errors
from .errors import ValidationError

_Row = TypeVar("_Row")


class Page(Protocol):
    """A reply with `next_cursor`."""

    def get(self, name: str, default: Any = None) -> Any: ...


_Page = TypeVar("_Page", bound=Page)


class Pages(Generic[_Page, _Row]):
    """`await` it for the first page, walk it with `async for` for all of them, or walk `rows()`.

    Nothing is asked before one of these happens.
    """

    def __init__(
        self, fetch: Callable[[str | None], Awaitable[_Page]], rows: Callable[[_Page], list[_Row]], start: str | None
    ) -> None:
        self._fetch = fetch
        self._rows_of = rows
        self._start = start

    def __await__(self) -> Generator[Any, None, _Page]:
        return with_own_errors(self._fetch(self._start)).__await__()

    async def __aiter__(self) -> AsyncIterator[_Page]:
        """Every page, each fetched when it is wanted.

        Raises:
            AgentNetError: `invalid_reply` when a registry gives the same cursor twice, and as the query.
        """
        cursor = self._start
        while True:
            page = await with_own_errors(self._fetch(cursor))
            yield page
            following = page.get("next_cursor")
            if following is None:
                return
            if following == cursor:
                raise ValidationError("invalid_reply", "the registry gave the same cursor twice")
            cursor = following

    async def rows(self) -> AsyncIterator[_Row]:
        """Every row of every page. Raises what walking the pages raises."""
        async for page in self:
            for row in self._rows_of(page):
                yield row
