"""What another program answers in a media server's place, and what our client must make of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from belvedere.cameras.mediaserver.port import CameraSource, MediaServer, Refused
from tests.contract.media_servers import CHARLIE, read_file

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer_with(answer: bytes) -> Handler:
    """A server that answers every request with these bytes and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    return serve


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that never answers."""
    await reader.read()
    writer.close()


def make_response(status: str, body: str, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return (head + body).encode()


HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
WRONG_ANSWERS = {
    "an HTML error": answer_with(make_response("502 Bad Gateway", HTML, "text/html")),
    "an HTML page with a good status": answer_with(make_response("200 OK", HTML, "text/html")),
    "an HTML page for what was made": answer_with(make_response("201 Created", HTML, "text/html")),
    "an HTML page with a session": answer_with(
        make_response("201 Created", HTML, "text/html").replace(b"\r\n", b"\r\nLocation: whep/s1\r\n", 1)
    ),
    "an empty body": answer_with(make_response("200 OK", "")),
    "an empty error": answer_with(make_response("404 Not Found", "")),
    "another JSON": answer_with(make_response("200 OK", '{"items":[{"name":"gate","ready":true}]}')),
    "JSON of other types": answer_with(make_response("200 OK", '{"cameras":{"gate":{"state":7,"sessions":null}}}')),
    "an error in another JSON": answer_with(
        make_response("400 Bad Request", '{"status":"error","error":"path not found"}')
    ),
    "JSON that is cut": answer_with(make_response("200 OK", '{"cameras":{"ga').replace(b"Length: 15", b"Length: 900")),
    "a redirect": answer_with(b"HTTP/1.1 302 Found\r\nLocation: http://192.168.1.1/\r\nContent-Length: 0\r\n\r\n"),
    "no HTTP": answer_with(b"RTSP/1.0 400 Bad Request\r\n\r\n"),
    "nothing, and closes": answer_with(b""),
    "nothing at all": hang,
}
GOOD = ("an empty body", "another JSON", "JSON of other types", "JSON that is cut")


async def check_everything_is_refused(server: MediaServer, *, but_files: bool = False) -> None:
    """Every question ends in Refused, with the one code for it. but_files: a file may hold any bytes."""
    questions: list[Callable[[], Awaitable[object]]] = [
        lambda: server.apply([CameraSource("gate", "rtsp://127.0.0.1/")]),
        lambda: server.statuses(),
        lambda: server.offer("gate", "v=0\r\n", CHARLIE),
        lambda: server.trickle("gate", "s1", ""),
        lambda: server.end("gate", "s1"),
    ]
    questions += [] if but_files else [lambda: read_file(server, "index.m3u8")]
    for question in questions:
        with pytest.raises(Refused) as caught:
            await question()
        assert (caught.value.refusal.code, caught.value.permanent) == ("media_server_down", False)
