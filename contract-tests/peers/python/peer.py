"""A peer of the conformance kit over the Python SDK. See kit/PEER-PROTOCOL.md."""

import asyncio
import base64
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

from agentnet import AgentNetError, AgentSDK, HandlerContext, NetworkBlobs, ReceivedMessage, stream_handler

Fields = dict[str, Any]

FEATURES = ["streams", "blobs", "signing", "idempotency", "processed", "limits", "capabilities"]

# The protocol's name of an option, the SDK's, and what turns milliseconds into the SDK's unit.
OPTIONS: dict[str, tuple[str, float]] = {
    "name": ("name", 0),
    "username": ("username", 0),
    "account_id": ("account_id", 0),
    "capabilities": ("capabilities", 0),
    "metadata": ("metadata", 0),
    "nats_url": ("nats_url", 0),
    "receipt_timeout_ms": ("default_receipt_timeout_seconds", 1000),
    "retry_attempts": ("default_send_retry_attempts", 0),
    "work_timeout_ms": ("work_timeout_seconds", 1000),
    "drain_timeout_ms": ("drain_timeout_seconds", 1000),
    "dedupe_ttl_ms": ("dedupe_ttl_seconds", 1000),
    "max_concurrency": ("max_concurrency", 0),
    "max_pending": ("max_pending", 0),
    "rate_limit_per_second": ("rate_limit_per_sender_per_sec", 0),
    "rate_limit_burst": ("rate_limit_burst", 0),
    "breaker_failures": ("circuit_breaker_failures", 0),
    "breaker_reset_ms": ("circuit_breaker_reset_seconds", 1000),
    "shared_dedupe": ("shared_dedupe", 0),
    "default_ttl_ms": ("default_ttl_ms", 0),
    "connect_timeout_ms": ("connect_timeout_seconds", 1000),
}


def say(saw: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"saw": saw, **fields}) + "\n")
    sys.stdout.flush()


def told(message: ReceivedMessage) -> Fields:
    return {name: value for name, value in vars(message).items() if value is not None or name == "payload"}


def options_of(command: Fields) -> Fields:
    found = {
        ours: (command[name] / unit if unit else command[name])
        for name, (ours, unit) in OPTIONS.items()
        if command.get(name) is not None
    }
    if "rate_limit_per_second" in command and command["rate_limit_per_second"] is None:
        found["rate_limit_per_sender_per_sec"] = float("inf")
    signing = (
        {"dev_auth": True, "dev_auth_key_dir": command["key_dir"]} if "key_dir" in command else {"dev_auth": False}
    )
    return {**found, **signing, "on_error": lambda _error: None}


def message_of(command: Fields) -> Fields:
    names = ("thread_id", "trace_id", "parent_message_id", "idempotency_key", "ttl_ms")
    payload = json.loads(command["payload_text"]) if "payload_text" in command else command.get("payload")
    return {"payload": payload, **{name: command[name] for name in names if name in command}}


async def pieces_of(pieces: list[str], fail: bool) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece
    if fail:
        raise RuntimeError("top secret")


class Peer:
    """Plays one agent at a time."""

    def __init__(self) -> None:
        self.sdk: AgentSDK | None = None
        self.network_blobs: NetworkBlobs | None = None
        self.handling: Fields = {"how": "note"}
        self.released = asyncio.Event()

    @property
    def joined(self) -> AgentSDK:
        if self.sdk is None:
            raise RuntimeError("no agent has joined")
        return self.sdk

    async def handle(self, message: ReceivedMessage, context: HandlerContext) -> None:
        say("received", message=told(message))
        await self.act(self.handling, message, context)

    async def act(self, how: Fields, message: ReceivedMessage, context: HandlerContext) -> None:
        kind, can_reply = how["how"], message.reply_to is not None
        if kind == "echo" and can_reply:
            await context.reply(message.payload)
        elif kind == "reply":
            if can_reply:
                await context.reply(how["payload"])
            if "next" in how:
                await self.act(how["next"], message, context)
        elif kind == "stream":
            await context.stream(pieces_of(how["pieces"], False))
        elif kind == "fail":
            raise RuntimeError("top secret")
        elif kind == "time_out":
            raise TimeoutError("top secret")
        elif kind == "cancel":
            raise asyncio.CancelledError
        elif kind == "hold":
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                say("cancelled", message_id=message.message_id)
                raise
            await self.act(how.get("next") or {"how": "note"}, message, context)

    async def join(self, re: int, command: Fields) -> None:
        self.handling = command.get("handle") or {"how": "note"}
        self.released = asyncio.Event()
        sdk = AgentSDK(command["agent_id"], blob_root=command.get("blob_root"), **options_of(command))
        if command.get("handle", {}) is not None:
            joins = command.get("join_streams")
            sdk.node.on_message(stream_handler(self.streamed, otherwise=self.handle) if joins else self.handle)
        await sdk.start()
        self.sdk, self.network_blobs = sdk, NetworkBlobs(command["nats_url"])
        node = sdk.node
        say("joined", re=re, account_id=node.account_id, username=node.username, session_tag=node.session_tag)

    async def streamed(self, stream: Any) -> None:
        try:
            say("streamed", stream_id=stream.stream_id, text=await stream.text)
        except AgentNetError as error:
            say("streamed", stream_id=stream.stream_id, code=error.code)

    async def send(self, re: int, command: Fields) -> None:
        node, wait, options = self.joined.node, command.get("wait", "accepted"), message_of(command)
        if wait == "none":
            options["require_delivery_ack"] = False
        else:
            options["until"] = wait
        if "processed_timeout_ms" in command:
            options["processed_timeout"] = command["processed_timeout_ms"] / 1000
        if "capability" in command:
            sent = await node.send_to_capability(capability=command["capability"], **options)
        else:
            sent = await node.send(to=command.get("to", ""), **options)
        say("sent", re=re, message_id=sent.message_id)

    async def ask(self, re: int, command: Fields) -> None:
        node, options = self.joined.node, message_of(command)
        options["timeout"] = command.get("timeout_ms", 20_000) / 1000
        if "capability" in command:
            answer = await node.request_capability(capability=command["capability"], **options)
        else:
            answer = await node.request(to=command.get("to", ""), **options)
        say("reply", re=re, message=told(answer))

    async def ask_stream(self, re: int, command: Fields) -> None:
        stream = self.joined.node.ask_stream(to=command["to"], **message_of(command))
        async for text in stream:
            say("delta", re=re, text=text)
        say("answer", re=re, text=await stream.text)

    async def blob_put(self, re: int, command: Fields) -> None:
        options = {name: command[name] for name in ("mime_type", "filename", "blob_id") if name in command}
        content = base64.b64decode(command["bytes"])
        if command.get("storage") == "nats_object" and self.network_blobs:
            reference = await self.network_blobs.put_blob_bytes(content, **options)
        else:
            reference = self.joined.put_blob_bytes(content, **options)
        say("blob", re=re, reference=reference.to_payload())

    async def blob_get(self, re: int, command: Fields) -> None:
        blob = command["blob"]
        storage = command.get("storage") or (blob.get("storage") if isinstance(blob, dict) else None)
        if storage == "nats_object" and self.network_blobs:
            content = await self.network_blobs.get_blob_bytes(blob)
        else:
            content = self.joined.get_blob_bytes(blob)
        say("bytes", re=re, bytes=base64.b64encode(content).decode())

    async def stream(self, re: int, command: Fields) -> None:
        chunks = pieces_of(command["pieces"], command.get("fail", False))
        options = {"thread_id": command["thread_id"]} if "thread_id" in command else {}
        await self.joined.node.stream_text(to=command["to"], chunks=chunks, **options)
        say("done", re=re)

    async def leave(self, re: int, _command: Fields) -> None:
        await self.joined.close()
        if self.network_blobs:
            await self.network_blobs.close()
        self.sdk = self.network_blobs = None
        say("left", re=re)

    async def run(self, command: Fields) -> None:
        re, name = command["id"], command["do"]
        try:
            if name == "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            elif name == "handle":
                self.handling = command["handling"]
                say("done", re=re)
            elif name == "sync":
                say("done", re=re)
            elif name == "release":
                self.released.set()
                self.released = asyncio.Event()
                say("done", re=re)
            else:
                work: Callable[[int, Fields], Any] = getattr(self, name)
                await work(re, command)
        except Exception as error:  # every failure is an observation
            said = {
                name: value
                for name in ("code", "remote_code", "remote_detail")
                if (value := getattr(error, name, None))
            }
            say("error", re=re, **{"code": "unexpected", "detail": str(error), **said})


async def main() -> None:
    peer, running = Peer(), set[asyncio.Task[None]]()
    say("hello", protocol=1, peer="python", features=FEATURES)
    lines = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        task = asyncio.create_task(peer.run(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
