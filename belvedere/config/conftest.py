"""A real server on a free port, and the program put together on a folder of its own."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from belvedere.config.http.hosts import Hosts
from belvedere.config.http.server import Server, build_http_config
from belvedere.config.settings.env import load
from belvedere.config.tests.pair import Pair
from belvedere.config.wiring.embedded import Embedded
from belvedere.web_api.asgi import Peek

PATIENCE_SECONDS = 20.0  # for what must happen, on a busy machine
App = Callable[[Any, Any, Any], Awaitable[None]]


class Client:
    """A connection that says exactly what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        """Raises OSError once the server has closed."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(head[0].split()[1]), headers, body

    async def rest(self) -> bytes:
        """Whatever comes until the server closes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


class House:
    """The server, and clients of it."""

    def __init__(self, port: int, hosts: Hosts, server: Server) -> None:
        self.port = port
        self.hosts = hosts
        self.server = server
        self._clients: list[Client] = []

    async def client(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self._clients.append(client)
        return client

    async def leave(self) -> None:
        for client in self._clients:
            client.writer.close()


Open = Callable[..., Awaitable[House]]


async def tell(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what it was asked: method, client, scheme, number of headers, length of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    told = {"path": scope["path"], "client": scope["client"][0], "scheme": scope["scheme"], "size": size}
    body = json.dumps({**told, "headers": len(scope["headers"])}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def open_house() -> AsyncIterator[Open]:
    """Call it with an application, and with options of `build_http_config`, `Hosts` and `Server`."""
    opened: list[tuple[House, asyncio.Task[None], socket.socket]] = []

    async def open_one(
        app: App = tell, hosts: Hosts | None = None, context: Any = None, peek: Peek | None = None, **config: Any
    ) -> House:
        sock = socket.create_server(("127.0.0.1", 0))
        sock.setblocking(False)
        hosts = hosts or Hosts((), 10_000)
        server = Server(build_http_config(app, **config), hosts, context, peek)
        task = asyncio.create_task(server.serve(sockets=[sock]))
        await server.accepting.wait()
        opened.append((House(sock.getsockname()[1], hosts, server), task, sock))
        return opened[-1][0]

    yield open_one
    for house, task, sock in opened:
        await house.leave()
        house.server.should_exit = True
        await task
        sock.close()


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


# --- the program ---

Build = Callable[[], Awaitable[Embedded]]


@pytest.fixture
async def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Build]:
    """Starts the program on one folder, again at each call after `down`. The camera process is left out."""
    started: list[Embedded] = []
    env = load({"BELVEDERE_DATA_DIR": str(tmp_path), "BELVEDERE_MQTT_PORT": "0"})

    async def start() -> Embedded:
        program = Embedded(env, asyncio.get_running_loop(), 8000)

        async def nothing() -> None:
            pass

        monkeypatch.setattr(program.supervisor, "start", nothing)
        monkeypatch.setattr(program.supervisor, "stop", nothing)
        started.append(program)
        await program.start(None)
        return program

    yield start
    for program in started:
        await down(program)


async def down(program: Embedded) -> None:
    """Stop it; again: nothing new happens."""
    await program.stop_taking()
    await program.stop()
