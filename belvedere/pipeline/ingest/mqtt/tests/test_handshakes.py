"""TLS handshakes: counted for their host, and ended in time."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from belvedere.pipeline.ingest.mqtt.tests.certificates import listen_with_tls
from belvedere.pipeline.ingest.mqtt.tests.conftest import Open, until


async def test_half_a_tls_handshake_has_a_place_of_its_host_until_it_ends(open_house: Open, tmp_path: Path) -> None:
    house = await open_house(max_connections_per_host=3, tls_handshake_timeout_seconds=600.0)
    house.port, cert_file = await listen_with_tls(house.endpoint, tmp_path)
    half_open = [await house.client() for _ in range(3)]
    for client in half_open:
        client.send(b"\x16\x03\x01")  # the beginning of a ClientHello
    await until(lambda: house.endpoint._hosts == {"127.0.0.1": 3})
    assert await (await house.client()).packet() == b"", "cut before its handshake"
    assert house.endpoint.counters.refused == {"too_many_from_host": 1}
    half_open[0].writer.transport.abort()
    await until(lambda: house.endpoint._hosts == {"127.0.0.1": 2})
    trusting = ssl.create_default_context(cafile=str(cert_file))
    _, writer = await asyncio.open_connection("127.0.0.1", house.port, ssl=trusting)
    await until(lambda: house.endpoint.counters.connections == 1)
    assert house.endpoint._hosts == {"127.0.0.1": 3}, "a handshake that became a connection is counted once"
    writer.close()
    await until(lambda: house.endpoint._hosts == {"127.0.0.1": 2})


async def test_half_a_tls_handshake_counts_among_all_connections(open_house: Open, tmp_path: Path) -> None:
    house = await open_house(max_connections=1, tls_handshake_timeout_seconds=600.0)
    plain_port = house.port
    house.port, _ = await listen_with_tls(house.endpoint, tmp_path)
    await house.client()
    await until(lambda: len(house.endpoint._handshakes) == 1)
    house.port = plain_port
    assert await (await house.client()).packet() == b""
    assert house.endpoint.counters.refused == {"too_many_connections": 1}


async def test_whoever_never_finishes_the_tls_handshake_is_cut(open_house: Open, tmp_path: Path) -> None:
    house = await open_house(tls_handshake_timeout_seconds=0.3)
    house.port, _ = await listen_with_tls(house.endpoint, tmp_path)
    client = await house.client()
    assert await client.packet() == b""
