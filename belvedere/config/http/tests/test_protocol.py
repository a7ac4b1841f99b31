"""What a client that nobody knows may take: room for a head, time for a request, and nothing from the others."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest

from belvedere.config.conftest import PATIENCE_SECONDS, Client, Open, tell
from belvedere.config.http import hosts as hosts_module
from belvedere.config.http import protocol
from belvedere.config.http.protocol import MAX_FRAMING_BYTES, MAX_HEAD_BYTES

HEAD = b"GET /poll HTTP/1.1\r\nHost: farm\r\n"
POST = b"POST /ingest HTTP/1.1\r\nHost: farm\r\n"


async def sends_until_refused(client: Client, first: bytes, again: bytes) -> int:
    """How many bytes the server lets somebody send who never comes to an end."""
    sent = 0
    with contextlib.suppress(OSError):
        await client.send(first)
        while sent < 64 * MAX_HEAD_BYTES:
            await client.send(again)
            sent += len(again)
            await asyncio.sleep(0)
    return sent


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (HEAD, b"".join(b"x%d: y\r\n" % number for number in range(1000))),
        (HEAD + b"X-A: ", b"a" * 8000),
        (b"GET /", b"a" * 8000),
        (HEAD + b"\r\n" + HEAD + b"X-A: ", b"a" * 8000),
        (b"\r\n", b"\r\n" * 4000),
    ],
    ids=["headers", "one header", "address", "second request", "empty lines"],
)
async def test_a_head_that_never_ends_is_refused_at_64_kb(open_house: Open, first: bytes, again: bytes) -> None:
    client = await (await open_house()).client()
    assert await sends_until_refused(client, first, again) < 64 * MAX_HEAD_BYTES


async def test_a_head_over_64_kb_is_told_so(open_house: Open) -> None:
    client = await (await open_house()).client()
    await client.send(HEAD + b"X-A: " + b"a" * (MAX_HEAD_BYTES - len(HEAD) - 5))
    status, headers, body = await client.answer()
    assert (status, headers["connection"], json.loads(body)["code"]) == (431, "close", "head_too_large")
    assert await client.rest() == b""


async def test_a_head_of_nearly_64_kb_is_fine_again_and_again(open_house: Open) -> None:
    client = await (await open_house()).client()
    head = HEAD + b"X-A: " + b"a" * (MAX_HEAD_BYTES - len(HEAD) - 10) + b"\r\n\r\n"
    for _ in range(3):
        await client.send(head)
        assert (await client.answer())[0] == 200


async def test_requests_of_a_large_body_and_of_several_in_one_piece_are_read(open_house: Open) -> None:
    house = await open_house()
    client = await house.client()
    body = b"b" * (4 * MAX_HEAD_BYTES - 100)
    await client.send(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body + HEAD + b"X-A: " + b"a" * 3000)
    assert json.loads((await client.answer())[2])["size"] == len(body)
    await client.send(b"\r\n\r\n")
    assert json.loads((await client.answer())[2])["path"] == "/poll"
    assert [host.held_bytes for host in house.hosts._hosts.values()] == [0]


@pytest.mark.parametrize(
    "again", [b"1;" + b"x" * 4000 + b"\r\nb\r\n", b"0\r\n" + b"x-a: y\r\n" * 500], ids=["chunk extensions", "trailers"]
)
async def test_what_stands_around_a_body_has_a_bound(open_house: Open, again: bytes) -> None:
    client = await (await open_house()).client()
    more = again if again.startswith(b"1;") else b"x-a: y\r\n" * 500
    sent = await sends_until_refused(client, POST + b"Transfer-Encoding: chunked\r\n\r\n" + again, more)
    assert sent < 64 * MAX_FRAMING_BYTES


async def test_trailers_are_no_headers(open_house: Open) -> None:
    client = await (await open_house()).client()
    await client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nb\r\n")
    await client.send(b"0\r\nAuthorization: Bearer x\r\n\r\n")
    assert json.loads((await client.answer())[2])["headers"] == 2


async def test_a_device_that_writes_a_byte_a_chunk_is_read(open_house: Open) -> None:
    client = await (await open_house()).client()
    await client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nb\r\n" * 60_000 + b"0\r\n\r\n")
    assert json.loads((await client.answer())[2])["size"] == 60_000


HALVES = {
    "an empty line": (b"\r\n", None),
    "half a head": (HEAD, 408),
    "half a second head": (HEAD + b"\r\n" + HEAD, 408),
    "half a body": (POST + b"Content-Length: 10\r\n\r\n12345", 408),
    "half a chunked body": (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nb\r\n", 408),
}


@pytest.fixture
async def client(open_house: Open, monkeypatch: pytest.MonkeyPatch, again: bool) -> Client:
    """Of a server that waits 0.2 s for a request; again: it has had an answer before."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.2)
    client = await (await open_house()).client()
    if again:
        await client.send(HEAD + b"\r\n")
        assert (await client.answer())[0] == 200
    return client


@pytest.mark.parametrize("again", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("half", HALVES)
async def test_half_a_request_is_not_waited_for_without_end(client: Client, half: str) -> None:
    said, status = HALVES[half]
    await client.send(said)
    if half == "half a second head":
        assert (await client.answer())[0] == 200
    rest = await client.rest()
    assert (int(rest.split()[1]) if rest else None) == status


@pytest.mark.parametrize("again", [False])
async def test_a_connection_that_says_nothing_is_not_waited_for_either(client: Client) -> None:
    assert await client.rest() == b""


@pytest.mark.parametrize("again", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("first", [HEAD, POST + b"Content-Length: 100000\r\n\r\n"], ids=["head", "body"])
async def test_nor_is_a_request_that_trickles(client: Client, first: bytes) -> None:
    await client.send(first)
    async with asyncio.timeout(PATIENCE_SECONDS):
        with contextlib.suppress(OSError):
            while not client.reader.at_eof():
                await client.send(b"x")
                await asyncio.sleep(0.01)


async def test_an_application_that_takes_its_time_is_waited_for(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.05)

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.5)
        await tell(scope, receive, send)

    client = await (await open_house(slow)).client()
    await client.send(HEAD + b"\r\n" + HEAD + b"\r\n")  # of the second, nothing is read before the first is answered
    assert [(await client.answer())[0], (await client.answer())[0]] == [200, 200]


async def test_a_client_that_does_not_read_its_answer_is_left(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "WRITE_SECONDS", 0.1)
    ended = asyncio.Event()

    async def endless(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        waiting = asyncio.create_task(receive())
        while not waiting.done():
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            await asyncio.sleep(0)
        ended.set()

    house = await open_house(endless)
    client = await house.client()
    await client.send(HEAD + b"\r\n")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await ended.wait()


async def test_requests_sent_ahead_have_a_bound(open_house: Open) -> None:
    hold = asyncio.Event()
    running = 0

    async def held(scope: Any, receive: Any, send: Any) -> None:
        nonlocal running
        running += 1
        await hold.wait()
        await tell(scope, receive, send)

    house = await open_house(held)
    client = await house.client()
    await client.send((HEAD + b"\r\n") * 2000)
    assert await client.rest() == b""
    assert running == 1
    hold.set()


async def test_a_host_that_holds_too_much_is_refused_and_nobody_else(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts_module, "MAX_HELD_BYTES_OF_TRUSTED", 100_000)
    house = await open_house()
    first, second = await house.client(), await house.client()
    begin = POST + b"Content-Length: 200000\r\n\r\n"
    await first.send(begin + b"b" * 60_000)
    await second.send(begin + b"b" * 60_000)
    status, headers, _ = await second.answer()
    assert (status, headers["retry-after"]) == (503, "5")
    small = await house.client()
    await small.send(HEAD + b"\r\n")
    assert (await small.answer())[0] == 200


async def test_what_is_no_http_is_a_problem(open_house: Open) -> None:
    client = await (await open_house()).client()
    await client.send(b"\x16\x03\x01 hello\r\n\r\n")
    status, headers, body = await client.answer()
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(body)["code"] == "invalid"
    assert "content-security-policy" in headers


async def test_a_connection_ends_after_a_pause_and_not_while_an_answer_is_made(open_house: Open) -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.5)
        await tell(scope, receive, send)

    house = await open_house(slow)
    house.server.config.timeout_keep_alive = 0.1  # type: ignore[assignment]  # whole seconds, for people
    client = await house.client()
    for _ in range(2):
        await client.send(HEAD + b"\r\n")
        assert (await client.answer())[0] == 200
    assert await client.rest() == b""


async def test_a_connection_without_a_pause_stays(open_house: Open) -> None:
    house = await open_house()
    house.server.config.timeout_keep_alive = 0.5  # type: ignore[assignment]  # whole seconds, for people
    client = await house.client()
    for _ in range(20):
        await client.send(HEAD + b"\r\n")
        assert (await client.answer())[0] == 200
        await asyncio.sleep(0.05)
