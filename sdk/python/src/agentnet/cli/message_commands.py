"""Saying something: send, request."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agentnet_protocol import limits

from ..agent_node import JOIN_SECONDS, AgentNode
from ..errors import ValidationError
from ..outbox.send import Delivery
from ..received_message import ReceivedMessage
from .command import Answer, Command, Network
from .operator import operator_node
from .option_values import number, parse_payload, whole_number
from .text import safe_json

_LARGEST_EXACT_NUMBER = 2**53 - 1
_MOST_RETRIES = 100
_LONGEST_RECEIPT_TIMEOUT_SECONDS = 3600


def _message_options(parser: ArgumentParser) -> None:
    parser.add_argument("payload", metavar="<payload>", help="the payload, any JSON value")
    parser.add_argument("--to-account", metavar="<id>", help="to the account with this id")
    parser.add_argument("--to-username", metavar="<name>", help="to the account with this username")
    parser.add_argument("--to-capability", metavar="<name>", help="to one agent that offers this capability")
    parser.add_argument("--thread-id", metavar="<id>", help="thread to write in (default: a new one)")
    parser.add_argument("--parent-message-id", metavar="<id>", help="message this one answers")
    parser.add_argument(
        "--idempotency-key",
        metavar="<key>",
        help="names the operation, so that the receiver does it once however often it is sent",
    )
    parser.add_argument(
        "--ttl-ms",
        metavar="<ms>",
        type=whole_number("--ttl-ms", least=limits.TTL_MS_MIN, most=_LARGEST_EXACT_NUMBER),
        help=f"life of the message (default: {limits.TTL_MS_DEFAULT})",
    )


def _send_options(parser: ArgumentParser) -> None:
    _message_options(parser)
    parser.add_argument("--no-ack", dest="ack", action="store_false", help="do not wait for a receipt")
    parser.add_argument(
        "--retry-attempts",
        metavar="<n>",
        type=whole_number("--retry-attempts", least=0, most=_MOST_RETRIES),
        help=f"further attempts when no receipt comes (default: {limits.SEND_RETRY_ATTEMPTS})",
    )
    least = limits.RECEIPT_TIMEOUT_MIN_MS / 1000
    parser.add_argument(
        "--receipt-timeout",
        metavar="<seconds>",
        type=number("--receipt-timeout", least=least, most=_LONGEST_RECEIPT_TIMEOUT_SECONDS),
        help=f"longest wait for the receipt of one attempt (default: {limits.RECEIPT_TIMEOUT_MS / 1000:g})",
    )


async def _send(flags: Namespace, network: Network) -> Answer:
    kind, name = _target_of(flags)
    message = _message_of(flags)
    async with _joined(network) as node:
        started = time.perf_counter()
        options = {
            **message,
            "retry_attempts": flags.retry_attempts,
            "receipt_timeout": flags.receipt_timeout,
            "require_delivery_ack": flags.ack,
        }
        delivery = await _deliver(node, kind, name, options)
        ms = _milliseconds_since(started)
    sent = {
        "message_id": delivery.message_id,
        "thread_id": delivery.thread_id,
        "status": delivery.receipt["status"] if delivery.receipt else "sent",
        "attempts": delivery.attempts,
        "ms": ms,
    }
    return Answer(sent, lambda: f"{sent['status']} {sent['message_id']} ({ms} ms)")


async def _request(flags: Namespace, network: Network) -> Answer:
    kind, name = _target_of(flags)
    options = _message_of(flags)
    if network.timeout is not None:
        options["timeout"] = network.timeout
    async with _joined(network) as node:
        started = time.perf_counter()
        reply = await _ask(node, kind, name, options)
        ms = _milliseconds_since(started)
    answer = {
        "message_id": reply.message_id,
        "thread_id": reply.thread_id,
        "from_account_id": reply.from_account_id,
        "kind": reply.kind,
        "payload": reply.payload,
        "ms": ms,
    }
    return Answer(answer, lambda: safe_json(reply.payload, indent=2))


def _target_of(flags: Namespace) -> tuple[str, str]:
    targets = {"account": flags.to_account, "username": flags.to_username, "capability": flags.to_capability}
    given = [(kind, name) for kind, name in targets.items() if name is not None]
    if len(given) != 1 or not given[0][1].strip():
        raise ValidationError("invalid_option", "give one of --to-account, --to-username and --to-capability")
    return given[0]


def _message_of(flags: Namespace) -> dict[str, Any]:
    return {
        "payload": parse_payload(flags.payload),
        "thread_id": flags.thread_id,
        "parent_message_id": flags.parent_message_id,
        "idempotency_key": flags.idempotency_key,
        "ttl_ms": flags.ttl_ms,
    }


@asynccontextmanager
async def _joined(network: Network) -> AsyncIterator[AgentNode]:
    node = operator_node(network)
    # Joining is two steps: connecting and registering.
    await node.start(timeout=JOIN_SECONDS if network.timeout is None else 2 * network.timeout)
    try:
        yield node
    finally:
        await node.close()


async def _deliver(node: AgentNode, kind: str, name: str, options: dict[str, Any]) -> Delivery:
    match kind:
        case "account":
            return await node.send_to_account(to_account_id=name, **options)
        case "username":
            return await node.send_to_username(username=name, **options)
        case _:
            return await node.send_to_capability(capability=name, **options)


async def _ask(node: AgentNode, kind: str, name: str, options: dict[str, Any]) -> ReceivedMessage:
    match kind:
        case "account":
            return await node.request_account(to_account_id=name, **options)
        case "username":
            return await node.request_username(username=name, **options)
        case _:
            return await node.request_capability(capability=name, **options)


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


MESSAGE_COMMANDS = (
    Command("send", "Sends one message and waits until its receiver accepts it.", _send_options, _send),
    Command("request", "Sends one request and prints the payload of its reply.", _message_options, _request),
)
