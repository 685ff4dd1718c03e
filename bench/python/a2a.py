"""The messages of an echo over JSON-RPC and HTTP, as A2A has them: `message/send`, checked on both sides."""

from typing import Literal

from pydantic import BaseModel


class TextPart(BaseModel):
    kind: Literal["text"] = "text"
    text: str


class Message(BaseModel):
    kind: Literal["message"] = "message"
    role: Literal["user", "agent"]
    messageId: str  # noqa: N815 - the protocol's spelling
    contextId: str  # noqa: N815 - the protocol's spelling
    parts: list[TextPart]


class SendParams(BaseModel):
    message: Message


class SendMessageRequest(BaseModel):
    jsonrpc: Literal["2.0"] = "2.0"
    id: str
    method: Literal["message/send"] = "message/send"
    params: SendParams


class SendMessageResponse(BaseModel):
    jsonrpc: Literal["2.0"] = "2.0"
    id: str
    result: Message
