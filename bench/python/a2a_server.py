"""The answering side over HTTP: FastAPI under uvicorn, one process. Tells its address on stdout."""

import json
import socket
import uuid

import uvicorn
from a2a import Message, SendMessageRequest, SendMessageResponse
from fastapi import FastAPI

app = FastAPI()


@app.post("/")
async def send(request: SendMessageRequest) -> SendMessageResponse:
    asked = request.params.message
    answer = Message(role="agent", messageId=uuid.uuid4().hex, contextId=asked.contextId, parts=asked.parts)
    return SendMessageResponse(id=request.id, result=answer)


if __name__ == "__main__":
    # asyncio turns Nagle's algorithm off only where a socket names its protocol; otherwise every answer would wait
    # 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(256)
    print(json.dumps({"url": f"http://127.0.0.1:{listening.getsockname()[1]}/"}), flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    server.run(sockets=[listening])
