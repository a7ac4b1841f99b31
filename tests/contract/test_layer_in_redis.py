"""Alerts over several processes: Redis tells the hubs, and what it does not tell they find in the log."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from channels.layers import channel_layers

from belvedere.config.redis_clients import connect
from belvedere.live import hub as hub_module
from belvedere.live.hub import Hub
from belvedere.live.redis import RedisLayer, RedisPublisher, make_listener
from belvedere.live.tests.conftest import FARM, Client, MemoryLog, socket_of, until
from belvedere.live.tests.test_hub import Guard
from tests.cluster.redis import RedisServer, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs Debian's redis-server")

Start = Callable[[], Awaitable[Hub]]


@pytest.fixture
def event_log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
async def start(redis_server: RedisServer, event_log: MemoryLog) -> AsyncIterator[Start]:
    """Starts the hub of one more process."""
    hubs: list[Hub] = []

    async def start() -> Hub:
        channel_layers.set("default", RedisLayer(redis_server.url))
        hub = Hub(asyncio.get_running_loop(), event_log, Guard(), lambda: 0.0)
        hubs.append(hub)
        await hub.start()
        return hub

    yield start
    for hub in hubs:
        await hub.stop()


async def listen(hub: Hub) -> Client:
    client = Client()
    client.socket = socket_of(client, FARM, 0.0)
    await hub.join(client.socket, None)
    await until(lambda: client.got)
    return client


def without_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test sees comes by messages, not by the look at the log."""
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 3_600.0)


async def test_what_one_process_publishes_the_sockets_of_all_are_sent(
    start: Start, event_log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_looks(monkeypatch)
    one, other = await start(), await start()
    clients = [await listen(one), await listen(other)]
    one.publish(event_log.add(1))
    await until(lambda: all(client.numbers() == [1] for client in clients))
    other.publish(event_log.add(2, 3))
    await until(lambda: all(client.numbers() == [1, 2, 3] for client in clients))


async def test_what_a_worker_publishes_the_sockets_of_all_processes_are_sent(
    start: Start, redis_server: RedisServer, event_log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_looks(monkeypatch)
    clients = [await listen(await start()), await listen(await start())]
    await asyncio.to_thread(RedisPublisher(connect(redis_server.url)).publish, event_log.add(1, 2))
    await until(lambda: all(client.numbers() == [1, 2] for client in clients))


async def test_the_number_of_the_log_is_known_with_what_another_process_publishes(
    start: Start, redis_server: RedisServer, event_log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_looks(monkeypatch)
    hub = await start()
    client = await listen(hub)
    await asyncio.to_thread(RedisPublisher(connect(redis_server.url)).publish, event_log.add(1, 2))
    await until(lambda: client.numbers() == [1, 2])
    assert hub.seq_of(FARM) == 2


async def test_a_subscription_ends_soon_where_the_host_of_redis_has_vanished(
    redis_server: RedisServer,
) -> None:
    listener = make_listener(redis_server.url)
    async with listener.pubsub() as subscription:
        await subscription.subscribe("anything")
        used = subscription.connection._writer.get_extra_info("socket")
        assert used.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        idle, every, times = (
            used.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + every * times <= 10
        assert used.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) <= 10_000
    await listener.aclose()


async def test_while_redis_is_away_nothing_is_missed_and_afterwards_it_tells_again(
    start: Start, redis_server: RedisServer, event_log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 0.05)
    one, other = await start(), await start()
    clients = [await listen(one), await listen(other)]
    redis_server.kill()
    one.publish(event_log.add(1))
    await asyncio.to_thread(RedisPublisher(connect(redis_server.url)).publish, event_log.add(2))
    await until(lambda: all(client.numbers() == [1, 2] for client in clients))
    redis_server.start()

    async def tells() -> bool:
        ((_, listeners),) = await asyncio.to_thread(connect(redis_server.url).pubsub_numsub, "belvedere:group:alerts")
        return int(listeners) == 2

    async with asyncio.timeout(20):
        while not await tells():
            await asyncio.sleep(0.05)
    without_looks(monkeypatch)
    one.publish(event_log.add(3))
    await until(lambda: all(client.numbers() == [1, 2, 3] for client in clients))
