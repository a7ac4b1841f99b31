"""A program in MediaMTX's place that answers as a real one once did, and asks the auth callback as that one asked.

Its RTSP takes whatever is published. It needs nothing but Python, so that it starts at once.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.contract.mediamtx.recording import SERVERS, Exchange, Recording, read_recording, with_addresses

NOT_RECORDED = {"status": "error", "error": "not recorded"}
NOT_ALLOWED = {"status": "error", "error": "authentication error"}
PROTOCOLS = {"whep": "webrtc", "hls": "hls"}


class Request(NamedTuple):
    """Of HTTP or RTSP."""

    method: str
    url: str
    headers: dict[str, str]


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Its body is read and forgotten."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(first.split(" ")[0], first.split(" ")[1], headers)


class Replayer:
    """Goes on to the next state with the POST that began it."""

    def __init__(self, config: dict[str, Any], recording: Recording) -> None:
        self._config = config
        self._questions = recording.questions
        self._states = recording.states
        self._at = 0
        self._given: list[Exchange] = []

    async def run(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for name, key in SERVERS.items():
                await self._listen(stack, self._config[key], partial(self._answer_http, name))
            await self._listen(stack, self._config["rtspAddress"], self._take_published)
            await asyncio.Event().wait()

    async def _listen(self, stack: contextlib.AsyncExitStack, address: str, serve: Any) -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await serve(reader, writer)
            writer.close()

        host, _, port = address.rpartition(":")
        await stack.enter_async_context(await asyncio.start_server(connected, host, int(port)))

    async def _answer_http(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            exchange = self._find(name, f"{request.method} {request.url}")
            if not await self._is_allowed(name, request, exchange):
                status, body = 401, json.dumps(NOT_ALLOWED).encode()
            elif exchange is None:
                status, body = 404, json.dumps(NOT_RECORDED).encode()
            else:
                status, body = exchange.status, with_addresses(request.url, exchange.data, self._config)
            headers = {"Content-Length": str(len(body))} | (exchange.headers if status < 400 and exchange else {})
            lines = [f"HTTP/1.1 {status} -", *map(": ".join, headers.items())]
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    def _find(self, server: str, asked: str) -> Exchange | None:
        if asked.startswith("POST"):
            following = self._states[self._at + 1 : self._at + 2]
            if not following or (following[0][0].server, following[0][0].asked) != (server, asked):
                return None
            self._at += 1
            return following[0][0]
        for state in reversed(self._states[: self._at + 1]):
            known = [each for each in state if (each.server, each.asked) == (server, asked)]
            if known:
                return next((each for each in known[:-1] if self._is_first(each)), known[-1])
        return None

    def _is_first(self, exchange: Exchange) -> bool:
        """Whether it is given for the first time. Where a real one gave several answers, the last is given for ever."""
        is_first = exchange not in self._given
        self._given.append(exchange)
        return is_first

    async def _is_allowed(self, name: str, request: Request, exchange: Exchange | None) -> bool:
        """Ask about each request to the API, and about each new session of a viewer, as a real one does."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if name == "api":
            return await self._ask("api", token=token)
        path, _, file = request.url.partition("?")[0].strip("/").rpartition("/")
        if exchange is None or file not in ("whep", "index.m3u8"):
            return True
        known = self._questions.get(PROTOCOLS[name], {"id": ""})
        id_ = exchange.headers.get("ID") or known["id"]
        return await self._ask(PROTOCOLS[name], path=path, token=token, id=id_)

    async def _ask(self, kind: str, **asked: str) -> bool:
        if "authHTTPAddress" not in self._config:
            return True
        known = self._questions.get(kind, {"action": kind, "protocol": "", "path": ""})
        body = json.dumps(known | asked).encode()
        address, _, path = self._config["authHTTPAddress"].removeprefix("http://").partition("/")
        host, _, port = address.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /{path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        return answer.split(b" ")[1].startswith(b"2")

    async def _take_published(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a publisher's requests; read its packets and forget them."""
        while True:
            request = await read_request(reader)
            status = "200 OK"
            if request.method == "ANNOUNCE":
                login = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
                user, _, password = login.partition(":")
                path = request.url.split("/", 3)[3]
                is_allowed = await self._ask("publish", user=user, password=password, path=path)
                status = status if is_allowed else "401 Unauthorized"
            headers = ["Session: 1", f"CSeq: {request.headers['cseq']}"]
            if request.method == "SETUP":
                headers.append(f"Transport: {request.headers['transport']}")
            writer.write("\r\n".join([f"RTSP/1.0 {status}", *headers, "", ""]).encode())
            if request.method == "RECORD":
                while await reader.read(65_536):
                    pass


def main() -> None:
    """`replay FILE CONFIG`"""
    config = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    asyncio.run(Replayer(config, read_recording(Path(sys.argv[1]))).run())


if __name__ == "__main__":
    main()
