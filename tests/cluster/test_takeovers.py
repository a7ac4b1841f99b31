"""A client that comes to another endpoint: the connection that it left ends, wherever it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from belvedere.config.redis_clients import connect_on_loop
from belvedere.domain.tests.times import Times
from belvedere.live.redis import make_listener
from belvedere.pipeline.ingest.mqtt.endpoint import MqttEndpoint
from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.mqtt.takeovers import RedisTakeovers
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import House, until
from belvedere.pipeline.ingest.tests.fakes import NOW_MS, FakeDirectory, FakePresence, FakeStream, FakeTroubles
from tests.cluster.redis import RedisServer, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs Debian's redis-server")

GOODBYE = wire.packet(0xE0, bytes((ReasonCode.SESSION_TAKEN_OVER,)))
Open = Callable[[str], Awaitable[House]]


@pytest.fixture
async def open_endpoint(redis_server: RedisServer) -> AsyncIterator[Open]:
    """One more endpoint of this name, as a process of its own would have it."""
    started: list[tuple[House, RedisTakeovers]] = []

    async def start(name: str) -> House:
        takeovers = RedisTakeovers(connect_on_loop(redis_server.url), make_listener(redis_server.url), name)
        stream, directory, presence, troubles = FakeStream(), FakeDirectory(), FakePresence(), FakeTroubles()
        times = Times(NOW_MS)
        endpoint = MqttEndpoint(
            stream, directory, presence, None, lambda: NOW_MS, times.clock(), troubles, takeovers.announce
        )
        await takeovers.start(endpoint)
        port = await endpoint.start("127.0.0.1", 0)
        house = House(endpoint, stream, directory, presence, troubles, port, NOW_MS, times)
        started.append((house, takeovers))
        await until(lambda: takeovers._heard_from.subscribed)
        return house

    yield start
    for house, takeovers in started:
        await house.endpoint.stop(settle_seconds=0.0)
        await takeovers.stop()


def as_client(client_id: str) -> bytes:
    return wire.connect(5, client_id, properties={})


async def test_the_connection_that_a_client_left_at_another_endpoint_ends(open_endpoint: Open) -> None:
    left, taken = await open_endpoint("left"), await open_endpoint("taken")
    old = await left.connect(as_client("pump"))
    await until(lambda: all(client.came for client in left.endpoint.find_clients("d0", "pump")))
    new = await taken.connect(as_client("pump"))
    assert await old.packet() == GOODBYE
    assert await old.packet() == b""
    assert (left.presence.online, list(taken.presence.online)) == ({}, ["d0"])
    await new.nothing()


async def test_other_clients_of_the_device_stay(open_endpoint: Open) -> None:
    left, taken = await open_endpoint("left"), await open_endpoint("taken")
    watcher = await left.connect(as_client("watcher"))
    pump = await left.connect(as_client("pump"))
    await until(lambda: all(client.came for client in left.endpoint.find_clients("d0", "pump")))
    await taken.connect(as_client("pump"))
    assert await pump.packet() == GOODBYE
    await watcher.nothing()
    assert list(left.presence.online) == ["d0"], "one of its clients is still there"


async def test_of_two_connections_at_once_one_stays(open_endpoint: Open) -> None:
    one, other = await open_endpoint("one"), await open_endpoint("other")
    for number in range(10):
        await only_one_is_left(one, other, f"pump{number}")


async def only_one_is_left(one: House, other: House, name: str) -> None:
    clients = await asyncio.gather(one.connect(as_client(name)), other.connect(as_client(name)))
    await until(lambda: sum(len(house.endpoint.find_clients("d0", name)) for house in (one, other)) == 1)
    packets = [asyncio.create_task(client.packet()) for client in clients]
    done, pending = await asyncio.wait(packets, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [GOODBYE]
    for task in pending:
        task.cancel()


async def test_while_redis_is_away_clients_connect_and_later_ones_are_told_again(
    open_endpoint: Open, redis_server: RedisServer
) -> None:
    left, taken = await open_endpoint("left"), await open_endpoint("taken")
    redis_server.kill()
    old = await left.connect(as_client("pump"))
    await taken.connect(as_client("valve"))
    await old.nothing()
    redis_server.start()

    async def is_told() -> bool:
        """Whether a client that comes now ends the other: both endpoints listen again."""
        await taken.connect(as_client("pump"))
        return not left.endpoint.find_clients("d0", "pump")

    async with asyncio.timeout(20):
        while not await is_told():
            await asyncio.sleep(0.1)
    assert await old.packet() == GOODBYE


async def test_a_message_that_cannot_be_read_is_passed_over(open_endpoint: Open, redis_server: RedisServer) -> None:
    left, taken = await open_endpoint("left"), await open_endpoint("taken")
    old = await left.connect(as_client("pump"))
    await until(lambda: all(client.came for client in left.endpoint.find_clients("d0", "pump")))
    for odd in (b"", b"5 \xc1", b"x y", b"5 \x91\x01"):
        await connect_on_loop(redis_server.url).publish("belvedere:takeovers", odd)
    await taken.connect(as_client("pump"))
    assert await old.packet() == GOODBYE
