"""The least that uvicorn can do: bytes for each GET, none at /304; on /ws, each message to all. argv: port, file."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Bare:
    """One ASGI app for both peers."""

    def __init__(self, body: bytes) -> None:
        self._start = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        }
        self._body = {"type": "http.response.body", "body": body}
        self._unchanged = {"type": "http.response.start", "status": 304, "headers": [(b"etag", b'"1"')]}
        self._nothing = {"type": "http.response.body", "body": b""}
        self._sockets: set[Send] = set()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] == "http" and scope["path"] == "/304":
            await send(self._unchanged)
            await send(self._nothing)
        elif scope["type"] == "http":
            await send(self._start)
            await send(self._body)
        elif scope["type"] == "websocket":
            await self._repeat(receive, send)

    async def _repeat(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self._sockets.add(send)
        try:
            while (message := await receive())["type"] == "websocket.receive":
                out = {"type": "websocket.send", "text": message["text"]}
                await asyncio.gather(*(other(out) for other in self._sockets))
        finally:
            self._sockets.discard(send)


def main() -> None:
    """Serve until terminated, with the server's own choice of loop and parser."""
    app = Bare(Path(sys.argv[2]).read_bytes())
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="error",
        access_log=False,
        backlog=4096,
    )


if __name__ == "__main__":
    main()
