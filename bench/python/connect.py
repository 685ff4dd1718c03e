"""A bare connection, as nats-py makes it."""

from urllib.parse import urlsplit

import nats
from nats.aio.client import Client


async def connect(nats_url: str) -> Client:
    address = urlsplit(nats_url)
    return await nats.connect(f"nats://{address.hostname}:{address.port}", token=address.username)
