"""Handling whole streams."""

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from ..received_message import ReceivedMessage
from .stream_assembler import ReceivedStream, StreamAssembler
from .stream_join import StreamBounds


def _print_error(cause: BaseException) -> None:
    print(f"the reader of a stream failed: {cause}", file=sys.stderr)


def stream_handler(
    on_stream: Callable[[ReceivedStream], Awaitable[object]],
    *,
    otherwise: Callable[..., Awaitable[object] | object] | None = None,
    on_error: Callable[[BaseException], object] = _print_error,
    bounds: StreamBounds | None = None,
) -> Callable[[ReceivedMessage, Any], Awaitable[None]]:
    """Makes a handler for `on_message` that gives whole streams to `on_stream`, once each.

    Args:
        on_stream: Reads one stream; it runs beside the handler, for as long as the stream lasts.
        otherwise: Handles every other message, as `handle(message, context)`. Default: they count as handled.
        on_error: Hears what `on_stream` raises. Default: a line on stderr.
        bounds: Of one stream.

    Returns:
        The handler: `node.on_message(stream_handler(read))`.
    """
    readers: set[asyncio.Future[object]] = set()

    def finish(reader: "asyncio.Future[object]") -> None:
        readers.discard(reader)
        failure = None if reader.cancelled() else reader.exception()
        if failure:
            on_error(failure)

    def read(stream: ReceivedStream) -> None:
        reader: asyncio.Future[object] = asyncio.ensure_future(on_stream(stream))
        readers.add(reader)
        reader.add_done_callback(finish)

    assembler = StreamAssembler(read, bounds=bounds)

    async def handle(message: ReceivedMessage, context: Any) -> None:
        if assembler.take(message) or otherwise is None:
            return
        result = otherwise(message, context)
        if inspect.isawaitable(result):
            await result

    return handle
