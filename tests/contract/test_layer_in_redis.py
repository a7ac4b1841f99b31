"""Alerts over several processes: Redis tells the hubs, and what it does not tell they find in the log."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from belvedere.config.redis_clients import connect
from belvedere.live import hub as hub_module
from belvedere.live.redis import RedisPublisher, make_listener
from belvedere.live.tests.conftest import FARM, MemoryLog, until
from tests.cluster.redis import RedisServer, is_installed
from tests.contract.hubs import Hubs, leave_out_looks, listen
from tests.contract.layers import redis_layer

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs Debian's redis-server")


@pytest.fixture
async def hubs(redis_server: RedisServer, event_log: MemoryLog) -> AsyncIterator[Hubs]:
    made = Hubs(redis_layer(redis_server.url), event_log)
    yield made
    await made.stop()


async def test_what_a_worker_publishes_the_sockets_of_all_processes_are_sent(
    hubs: Hubs, redis_server: RedisServer, event_log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out_looks(monkeypatch)
    hub = await hubs.start()
    clients = [await listen(hub), await listen(await hubs.start())]
    await asyncio.to_thread(RedisPublisher(connect(redis_server.url)).publish, event_log.add(1, 2))
    await until(lambda: all(client.numbers() == [1, 2] for client in clients))
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
    hubs: Hubs, redis_server: RedisServer, event_log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 0.05)
    one, other = await hubs.start(), await hubs.start()
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
    leave_out_looks(monkeypatch)
    one.publish(event_log.add(3))
    await until(lambda: all(client.numbers() == [1, 2, 3] for client in clients))
