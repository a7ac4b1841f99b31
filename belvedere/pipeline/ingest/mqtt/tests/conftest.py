"""An endpoint on a free port with everything around it in memory, and raw clients to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

import pytest
import uvloop

from belvedere.domain.tests.times import Times
from belvedere.pipeline.ingest.mqtt.endpoint import MqttEndpoint
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.tests.fakes import NOW_MS, FakeDirectory, FakePresence, FakeStream, FakeTroubles

PATIENCE_SECONDS = 30.0  # for what comes in milliseconds on a quiet machine


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """As in production."""
    return {"uvloop": uvloop.new_event_loop}


class RawClient:
    """Sends bytes, receives packets; every wait ends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._rest = b""
        self._packets: list[bytes] = []

    def send(self, *packets: bytes) -> None:
        self.writer.write(b"".join(packets))

    async def packet(self) -> bytes:
        """The next packet; b"" where the server closed."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._packets:
                data = await self._data()
                if not data:
                    return b""
                packets, self._rest = wire.split(self._rest + data)
                self._packets += packets
        return self._packets.pop(0)

    async def _data(self) -> bytes:
        try:
            return await self.reader.read(65536)
        except ConnectionResetError:
            return b""

    async def packets(self, count: int) -> list[bytes]:
        return [await self.packet() for _ in range(count)]

    async def nothing(self, seconds: float = 0.1) -> None:
        """Fails where a packet or the end comes within that time."""
        try:
            async with asyncio.timeout(seconds):
                got = await self.packet()
        except TimeoutError:
            return
        pytest.fail(f"unexpected: {got!r}")

    def cut(self) -> None:
        self.writer.transport.abort()


@dataclass
class House:
    """The endpoint and what surrounds it."""

    endpoint: MqttEndpoint
    stream: FakeStream
    directory: FakeDirectory
    presence: FakePresence
    troubles: FakeTroubles
    port: int
    now_ms: int
    times: Times

    def step_clock(self, ms: int) -> None:
        """Set the server's clock."""
        self.now_ms += ms
        self.times.wall += ms

    async def client(self) -> RawClient:
        return RawClient(*await asyncio.open_connection("127.0.0.1", self.port))

    async def connect(self, connect: bytes | None = None, accepted: int = 0) -> RawClient:
        client = await self.client()
        client.send(connect or wire.connect())
        connack = await client.packet()
        assert connack[0] == 0x20
        assert connack[3] == accepted
        return client


class Seconds:
    """The time that passes for a house's connections: none, but by `let_pass`.

    It is far ahead of the real time, by which the endpoint looks every half second: to that, nobody was ever silent.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._now = time.monotonic() + 1_000_000.0
        house.endpoint._context.monotonic = lambda: self._now

    def let_pass(self, seconds: float) -> None:
        self._now += seconds
        for connection in list(self._house.endpoint._connections):
            connection.check_timeouts(self._now)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what is about to happen; fails after some seconds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.005)


async def connect_and_subscribe(house: House, connect: bytes, topic: str, qos: int = 1, version: int = 4) -> RawClient:
    client = await house.connect(connect)
    client.send(wire.subscribe([(topic, qos)], 10, version=version))
    suback = await client.packet()
    assert suback[0] == 0x90
    assert suback[-1] == min(qos & 3, 1)
    return client


async def say_status(house: House, *words: bytes) -> None:
    """Publish them by another client of the same device."""
    other = await house.connect(wire.connect(client_id="other"))
    other.send(*(wire.publish("belvedere/v1/d0/status", word, 1, packet_id) for packet_id, word in enumerate(words, 1)))
    await other.packets(len(words))
    other.send(wire.disconnect())
    assert await other.packet() == b""


Open = Callable[..., Awaitable[House]]


@pytest.fixture
async def open_house() -> AsyncIterator[Open]:
    """Make an endpoint, with other limits where the test needs them."""
    houses: list[House] = []

    async def make(**limits: float) -> House:
        stream, directory, presence, troubles = FakeStream(), FakeDirectory(), FakePresence(), FakeTroubles()
        clock: list[House] = []
        bounds = replace(Limits(goodbye_seconds=0.3), **limits)  # type: ignore[arg-type]  # checked by dataclasses
        times = Times(NOW_MS)
        endpoint = MqttEndpoint(stream, directory, presence, bounds, lambda: clock[0].now_ms, times.clock(), troubles)
        loop = asyncio.get_running_loop()
        directory.followers.append(lambda change: loop.call_soon_threadsafe(endpoint.apply, [change]))
        port = await endpoint.start("127.0.0.1", 0)
        house = House(endpoint, stream, directory, presence, troubles, port, NOW_MS, times)
        clock.append(house)
        houses.append(house)
        return house

    yield make
    for house in houses:
        await house.endpoint.stop(settle_seconds=0.0)


@pytest.fixture
async def house(open_house: Open) -> House:
    return await open_house()
