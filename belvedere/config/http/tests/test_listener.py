"""Connections are counted from their first packet to their last."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import os
from typing import Any

import pytest

from belvedere.config.conftest import PATIENCE_SECONDS, Open, tell
from belvedere.config.http import hosts as hosts_module
from belvedere.config.http import server
from belvedere.config.http.hosts import Hosts
from belvedere.config.tests.pair import Pair

GET = b"GET / HTTP/1.1\r\nHost: farm\r\n\r\n"
SOCKET = (
    b"GET /ws HTTP/1.1\r\nHost: farm\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: %s\r\n\r\n" % base64.b64encode(b"0123456789abcdef")
)


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> Hosts:
    """Two connections a host, this machine too."""
    monkeypatch.setattr(hosts_module, "MAX_CONNECTIONS_PER_HOST", 2)
    monkeypatch.setattr(ipaddress.IPv4Address, "is_loopback", False)
    return Hosts((), 10_000)


async def test_one_connection_too_many_is_closed_and_a_place_comes_back(open_house: Open, strict: Hosts) -> None:
    house = await open_house(hosts=strict)
    first, second, third = [await house.client() for _ in range(3)]
    assert await third.rest() == b""
    await second.send(GET)
    assert (await second.answer())[0] == 200
    first.writer.close()
    await until(lambda: strict.connections() == 1)
    again = await house.client()
    await again.send(GET)
    assert (await again.answer())[0] == 200


async def test_a_socket_keeps_the_place_of_its_connection_to_its_end(open_house: Open, strict: Hosts) -> None:
    async def accept(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    house = await open_house(accept, hosts=strict)
    clients = [await house.client() for _ in range(2)]
    for client in clients:
        await client.send(SOCKET)
        assert (await client.answer())[0] == 101
    assert await (await house.client()).rest() == b""
    for client in clients:
        client.writer.close()
    await until(lambda: strict.connections() == 0)


def mask(opcode: int, payload: bytes) -> bytes:
    """A client's frame, masked by zeros."""
    return bytes((0x80 | opcode, 0x80 | len(payload))) + bytes(4) + payload


async def test_pings_of_a_client_that_reads_no_answers_pile_nothing_up(open_house: Open) -> None:
    heard = asyncio.Event()

    async def accept(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] == "websocket.receive":
            heard.set()

    house = await open_house(accept)
    client = await house.client()
    await client.send(SOCKET)
    assert (await client.answer())[0] == 101
    (connection,) = house.server.server_state.connections
    connection.pause_writing()  # as its transport does when too much waits for the client
    await client.send(mask(9, b"flood") * 1000 + mask(1, b"seen"))
    await asyncio.wait_for(heard.wait(), PATIENCE_SECONDS)
    connection.resume_writing()
    await client.send(mask(9, b"again"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await client.reader.readexactly(7) == b"\x8a\x05again"


async def test_where_descriptors_run_short_a_connection_is_closed_at_once(open_house: Open) -> None:
    house = await open_house(hosts=Hosts((), 3))
    assert await (await house.client()).rest() == b""
    assert house.hosts.connections() == 0


async def test_a_tls_handshake_that_stands_still_is_counted_and_ends(
    open_house: Open, strict: Hosts, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HANDSHAKE_SECONDS", 0.3)
    house = await open_house(hosts=strict, context=pair.context())
    silent, talkative = await house.client(), await house.client()
    await talkative.send(GET)  # no TLS at all
    await until(lambda: strict.connections() == 1)
    await silent.rest()
    await until(lambda: strict.connections() == 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port, ssl=pair.trust())
    writer.write(GET)
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert b" 200 " in head
    assert b"strict-transport-security: " in head


async def test_a_proxy_that_is_trusted_says_who_asks_and_how(open_house: Open) -> None:
    said = (
        b"GET / HTTP/1.1\r\nHost: f\r\nX-Forwarded-For: 198.51.100.9, 203.0.113.5\r\nX-Forwarded-Proto: https\r\n\r\n"
    )
    for trusted, told in (
        ((), ("127.0.0.1", "http")),
        ((ipaddress.ip_network("127.0.0.0/8"),), ("203.0.113.5", "https")),
    ):
        client = await (await open_house(tell, trusted_proxies=trusted)).client()
        await client.send(said)
        body = (await client.answer())[2].decode()
        assert f'"client": "{told[0]}", "scheme": "{told[1]}"' in body


async def test_the_system_has_no_descriptor_left_for_a_moment(
    open_house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await open_house()
    failing = [OSError(24, os.strerror(24))]

    class Sock:
        def accept(self) -> Any:
            if failing:
                raise failing.pop()
            return real.accept()

        def fileno(self) -> int:
            return int(real.fileno())

    real = house.server.servers[0]._sock  # type: ignore[attr-defined]  # a Listener
    monkeypatch.setattr(house.server.servers[0], "_sock", Sock())
    client = await house.client()
    await client.send(GET)
    assert (await client.answer())[0] == 200
    assert not failing
    monkeypatch.undo()
