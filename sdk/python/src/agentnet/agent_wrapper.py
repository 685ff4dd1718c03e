"""A small, stable adapter for embedding an agent in a runtime of your own."""

from types import TracebackType
from typing import Any, TypeVar

from .agent_node import JOIN_SECONDS, AgentNode
from .errors import ValidationError
from .inbox.run_handler import MessageHandler
from .outbox.send import Delivery
from .received_message import ReceivedMessage

_Handler = TypeVar("_Handler", bound=MessageHandler)


class AgentWrapper:
    """Receive, connect, send, request, reply, close."""

    def __init__(self, agent_id: str, **options: Any) -> None:
        """Options: those of `AgentNode`. Raises: ValidationError: `invalid_option`"""
        self.node = AgentNode(agent_id, **options)

    def receive(self, handler: _Handler) -> _Handler:
        """Sets the one handler of incoming messages, also as a decorator; before `connect()`."""
        return self.node.on_message(handler)

    async def connect(self, *, timeout: float = JOIN_SECONDS) -> None:
        """Joins the network, as `AgentNode.start`."""
        await self.node.start(timeout=timeout)

    async def run_forever(self, *, timeout: float = JOIN_SECONDS) -> None:
        """As `AgentNode.start_forever`."""
        await self.node.start_forever(timeout=timeout)

    async def close(self) -> None:
        """As `AgentNode.close`."""
        await self.node.close()

    async def __aenter__(self) -> "AgentWrapper":
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(
        self,
        *,
        payload: Any,
        to: str | None = None,
        to_account_id: str | None = None,
        to_username: str | None = None,
        to_capability: str | None = None,
        **options: Any,
    ) -> Delivery:
        """Sends one message to exactly one of the four addresses.

        Raises:
            AgentNetError: `invalid_option` unless exactly one address is given; as `AgentNode.send`.
        """
        name, value = _address_of(
            to=to, to_account_id=to_account_id, to_username=to_username, to_capability=to_capability
        )
        match name:
            case "to_account_id":
                return await self.node.send_to_account(to_account_id=value, payload=payload, **options)
            case "to_username":
                return await self.node.send_to_username(username=value, payload=payload, **options)
            case "to_capability":
                return await self.node.send_to_capability(capability=value, payload=payload, **options)
            case _:
                return await self.node.send(to=value, payload=payload, **options)

    async def send_to_account(self, *, to_account_id: str, payload: Any, **options: Any) -> Delivery:
        """As `AgentNode.send_to_account`."""
        return await self.node.send_to_account(to_account_id=to_account_id, payload=payload, **options)

    async def send_to_username(self, *, username: str, payload: Any, **options: Any) -> Delivery:
        """As `AgentNode.send_to_username`."""
        return await self.node.send_to_username(username=username, payload=payload, **options)

    async def send_to_capability(self, *, capability: str, payload: Any, **options: Any) -> Delivery:
        """As `AgentNode.send_to_capability`."""
        return await self.node.send_to_capability(capability=capability, payload=payload, **options)

    async def request(
        self,
        *,
        payload: Any,
        to: str | None = None,
        to_account_id: str | None = None,
        to_username: str | None = None,
        to_capability: str | None = None,
        **options: Any,
    ) -> ReceivedMessage:
        """Sends one request to exactly one of the four addresses and waits for the reply.

        Raises:
            AgentNetError: `invalid_option` unless exactly one address is given; as `AgentNode.request`.
        """
        name, value = _address_of(
            to=to, to_account_id=to_account_id, to_username=to_username, to_capability=to_capability
        )
        match name:
            case "to_account_id":
                return await self.node.request_account(to_account_id=value, payload=payload, **options)
            case "to_username":
                return await self.node.request_username(username=value, payload=payload, **options)
            case "to_capability":
                return await self.node.request_capability(capability=value, payload=payload, **options)
            case _:
                return await self.node.request(to=value, payload=payload, **options)

    async def reply(self, *, request: ReceivedMessage, payload: Any) -> None:
        """Answers a request.

        Raises:
            AgentNetError: `invalid_target` when its sender waits for no reply; as `AgentNode.reply`.
        """
        await self.node.reply(request, payload)

    def metrics_snapshot(self) -> dict[str, Any]:
        """Counters and latencies since this agent was made."""
        return self.node.metrics_snapshot()


def _address_of(**addresses: str | None) -> tuple[str, str]:
    given = [(name, value) for name, value in addresses.items() if value is not None]
    if len(given) != 1:
        detail = f"name exactly one of {', '.join(addresses)}; got {len(given)}"
        raise ValidationError("invalid_option", detail)
    return given[0]
