"""Whatever comes to the MQTT port, other devices do not notice."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator

import pytest

from belvedere.simulator.mqtt import Publisher, encode_connect, encode_packet
from tests.live.server import House, Server, set_up

pytestmark = [pytest.mark.faults, pytest.mark.live]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with Server(tmp_path_factory.mktemp("bad-bytes") / "data") as server:
        yield set_up(server, devices=2)


async def _throw(port: int, data: bytes, wait_seconds: float = 3) -> bytes | None:
    """Send bytes on a connection of its own; what came back until the server closed, None where it did not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
            return await asyncio.wait_for(reader.read(), wait_seconds)
        return b""
    except TimeoutError:
        return None
    finally:
        writer.close()


async def _still_serves(house: House) -> None:
    device = await Publisher.connect("127.0.0.1", house.server.mqtt_port, "d0", house.secrets["d0"])
    await device.publish("belvedere/v1/d0/readings", b'{"temperature": 20}', timeout_seconds=30)
    await device.close()


BAD: dict[str, bytes] = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "publish before connect": encode_packet(0x32, b"\x00\x01t\x00\x01x"),
    "length of five bytes": b"\x10\xff\xff\xff\xff\x01",
    "connect of 200 KB": encode_packet(0x10, b"\x00\x04MQTT\x04\xc2\x00<" + b"x" * 200_000),
    "unknown protocol": encode_packet(0x10, b"\x00\x04MQTX\x04\xc2\x00<\x00\x00"),
    "reserved encode_packet type": b"\x00\x00",
    "name that is not utf-8": encode_packet(0x10, b"\x00\x04MQTT\x04\xc2\x00<\x00\x02d1\x00\x02\xff\xfe\x00\x01x"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_bytes_that_are_not_mqtt_end_only_their_own_connection(house: House, kind: str) -> None:
    answer = await _throw(house.server.mqtt_port, BAD[kind], 30)
    assert answer is not None, "the connection was kept open"
    await _still_serves(house)


async def test_a_connection_that_says_nothing_is_closed_after_five_seconds(house: House) -> None:
    begun = time.monotonic()
    assert await _throw(house.server.mqtt_port, b"\x10", 30) == b""
    assert time.monotonic() - begun > 3


async def test_random_bytes_before_and_after_a_good_connect_hurt_nobody(house: House) -> None:
    chance = random.Random(11)
    hello = encode_connect("d1", house.secrets["d1"], 60, None)
    throws = []
    for n in range(150):
        noise = chance.randbytes(chance.randrange(1, 400))
        throws.append(_throw(house.server.mqtt_port, hello + noise if n % 2 else noise, 0.3))
    for first in range(0, len(throws), 25):
        await asyncio.gather(*throws[first : first + 25])
    await _still_serves(house)
    assert house.server.readyz()[0] == 200


async def test_a_packet_over_the_limit_ends_the_connection_and_is_not_acknowledged(house: House) -> None:
    device = await Publisher.connect("127.0.0.1", house.server.mqtt_port, "d1", house.secrets["d1"])
    with pytest.raises((ConnectionResetError, TimeoutError)):
        await device.publish("belvedere/v1/d1/readings", b" " * 100_000, timeout_seconds=30)
    assert device.closed.done()
    await _still_serves(house)


async def test_a_device_that_reads_no_acknowledgements_does_not_hold_up_the_others(house: House) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", house.server.mqtt_port)
    writer.write(encode_connect("d1", house.secrets["d1"], 60, None))
    topic = b"\x00\x18belvedere/v1/d1/readings"
    for n in range(20_000):
        writer.write(encode_packet(0x32, topic + (n % 65_000 + 1).to_bytes(2) + b'{"t":1}'))
    with contextlib.suppress(TimeoutError, ConnectionError):
        await asyncio.wait_for(writer.drain(), 2)
    await _still_serves(house)
    writer.close()
