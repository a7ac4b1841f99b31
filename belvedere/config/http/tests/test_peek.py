"""Answers that are written before the application is asked."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from belvedere.config.conftest import PATIENCE_SECONDS, Open, tell
from belvedere.web_api.asgi import Answer, Headers

GET = b"GET /poll?since=1 HTTP/1.1\r\nHost: farm\r\n"
END = b"\r\n"
BODY = b'"at hand"'


class Memory:
    """Has an answer for one path, and remembers what it was asked."""

    def __init__(self, body: bytes = BODY) -> None:
        self.asked: list[tuple[bytes, Headers]] = []
        self.answer = Answer(200, [(b"content-length", b"%d" % len(body)), (b"etag", b'"1"')], body)

    def __call__(self, address: bytes, headers: Headers) -> Answer | None:
        self.asked.append((address, list(headers)))
        return self.answer if address.startswith(b"/poll") else None


async def test_what_is_in_memory_is_answered_without_the_application(open_house: Open) -> None:
    memory = Memory()
    house = await open_house(peek=memory)
    client = await house.client()
    for _ in range(3):
        await client.send(GET + b"X-A: y\r\n" + END)
        status, headers, body = await client.answer()
        assert (status, headers["etag"], body) == (200, '"1"', BODY)
        assert {"date", "content-security-policy"} <= headers.keys()
    assert memory.asked == [(b"/poll?since=1", [(b"host", b"farm"), (b"x-a", b"y")])] * 3
    assert house.server.server_state.total_requests == 3
    assert [host.held_bytes for host in house.hosts._hosts.values()] == [0]


async def test_what_is_not_in_memory_is_asked_of_the_application(open_house: Open) -> None:
    client = await (await open_house(peek=Memory())).client()
    await client.send(b"GET /page HTTP/1.1\r\nHost: farm\r\n" + END)
    assert json.loads((await client.answer())[2])["path"] == "/page"


@pytest.mark.parametrize(
    "request_",
    [
        GET.replace(b"GET", b"POST") + b"Content-Length: 1\r\n" + END + b"x",
        GET + b"Content-Length: 1\r\n" + END + b"x",
        GET + b"Transfer-Encoding: chunked\r\n" + END + b"1\r\nx\r\n0\r\n\r\n",
        GET + b"Connection: close\r\n" + END,
        GET.replace(b"1.1", b"1.0") + END,
    ],
    ids=["another method", "a body", "chunks", "the last request", "an old client"],
)
async def test_an_unusual_request_goes_to_the_application(open_house: Open, request_: bytes) -> None:
    memory = Memory()
    client = await (await open_house(peek=memory)).client()
    await client.send(request_)
    assert json.loads((await client.answer())[2])["path"] == "/poll"
    assert memory.asked == []


async def test_a_request_in_pieces_is_answered_at_its_end_and_holds_nothing(open_house: Open) -> None:
    house = await open_house(peek=Memory())
    client = await house.client()
    for byte in GET + END:
        await client.send(bytes([byte]))
        await asyncio.sleep(0)
    assert (await client.answer())[2] == BODY
    assert [host.held_bytes for host in house.hosts._hosts.values()] == [0]


async def test_answers_keep_the_order_of_the_requests(open_house: Open) -> None:
    begun, hold = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await hold.wait()
        await tell(scope, receive, send)

    client = await (await open_house(slow, peek=Memory())).client()
    await client.send(GET + END + b"GET /page HTTP/1.1\r\nHost: farm\r\n" + END + GET + END)
    assert (await client.answer())[2] == BODY
    async with asyncio.timeout(PATIENCE_SECONDS):
        await begun.wait()
    hold.set()
    assert [json.loads((await client.answer())[2])["path"] for _ in range(2)] == ["/page", "/poll"]


async def test_who_does_not_read_is_not_written_to_without_end(open_house: Open) -> None:
    memory = Memory(b"x" * 1_000_000)
    house = await open_house(peek=memory)
    client = await house.client()
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a stream's writer has a whole transport
    await client.send((GET + END) * 200)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(memory.asked) == 0:
            await asyncio.sleep(0)
    other = await house.client()
    await other.send(GET + END)
    await other.answer()
    assert len(memory.asked) < 100
