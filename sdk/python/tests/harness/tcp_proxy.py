"""A connection that a test can cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TcpProxy:
    """Made by `tcp_proxy`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.writers: set[asyncio.StreamWriter] = set()

    def drop(self) -> None:
        """Closes the connections that go through it; new ones are let through."""
        for writer in self.writers:
            writer.close()


@asynccontextmanager
async def tcp_proxy(target_port: int) -> AsyncIterator[TcpProxy]:
    """Stands in front of a server on this machine."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        proxy.writers.add(writer)
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                writer.write(chunk)
        writer.close()
        proxy.writers.discard(writer)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", target_port)
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    proxy = TcpProxy(server.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        proxy.drop()
        server.close()
