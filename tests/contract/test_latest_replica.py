"""What web processes show of the latest values in Redis, also while it is away."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import pytest
from redis import Redis

from belvedere.config.redis_clients import connect_on_loop
from belvedere.readings.latest.memory import MemoryLatest
from belvedere.readings.latest.redis import replica as replica_module
from belvedere.readings.latest.redis.replica import LatestReplica
from belvedere.readings.snapshot import Numbers, SnapshotApp
from tests.cluster.redis import RedisServer, is_installed
from tests.contract.redis_partition import BARN, FARM, GATE, MINUTE, Partition, copy_of
from tests.contract.test_latest import EverybodyIsAlice, etag_of

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs Debian's redis-server")


class Databases:
    """What a web process reads without Redis."""

    def __init__(self) -> None:
        self.sites: dict[int, dict[int, tuple[int, float]]] = {}

    def heads(self, site_id: int) -> Mapping[int, tuple[int, float]]:
        return dict(self.sites.get(site_id, {}))


@asynccontextmanager
async def web_process(
    redis_server: RedisServer, databases: Databases, now: list[float], partitions: int = 1
) -> AsyncIterator[LatestReplica]:
    client = connect_on_loop(redis_server.url)
    replica = LatestReplica(client, partitions, databases.heads, MemoryLatest(), monotonic=lambda: now[0])
    await replica.start()
    yield replica
    await replica.stop()
    await client.aclose()


async def until(true: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


async def test_a_poll_shows_what_another_process_has_shown_already(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0))
    async with web_process(redis_server, Databases(), [0.0]) as web:
        worker.show((FARM, BARN, MINUTE, 2.0))
        ahead = copy_of(redis_server).state(FARM).cursor
        await web.catch_up(FARM, ahead)
        assert web.state(FARM).cursor == ahead
        assert web.since(FARM, ahead) == []


async def test_a_page_that_polls_another_process_goes_on_from_where_it_was(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0))
    numbers = Numbers(lambda _site: 7, lambda _site: 8, lambda _site: 9)
    async with (
        web_process(redis_server, Databases(), [0.0]) as one,
        web_process(redis_server, Databases(), [0.0]) as other,
    ):
        apps = [SnapshotApp(web, EverybodyIsAlice(), numbers, follower=web) for web in (one, other)]
        worker.show((FARM, BARN, MINUTE, 2.0))
        await one.bring_level()
        cursor = one.state(FARM).cursor
        etags = [await etag_of(app, f"since={cursor}") for app in apps]
        assert etags[0] == etags[1], "the other process has read Redis before it answered"


async def test_a_value_reaches_every_web_process_unasked(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    async with (
        web_process(redis_server, Databases(), [0.0]) as one,
        web_process(redis_server, Databases(), [0.0]) as other,
    ):
        worker.show((FARM, BARN, 0, 1.0))
        await until(lambda: dict(one.state(FARM).values) == dict(other.state(FARM).values) == {BARN: (0, 1.0)})
        assert one.state(FARM).cursor == other.state(FARM).cursor


async def test_without_redis_pages_show_what_the_databases_hold(redis_server: RedisServer) -> None:
    worker, databases, now = Partition(redis_server), Databases(), [0.0]
    worker.show((FARM, BARN, 0, 1.0))
    async with web_process(redis_server, databases, now) as web:
        cursor = web.state(FARM).cursor
        redis_server.kill()
        databases.sites[FARM] = {BARN: (MINUTE, 2.0), GATE: (0, 5.0)}
        now[0] += 3.0
        await until(lambda: web.away)
        await web.catch_up(FARM, cursor)
        assert web.since(FARM, cursor) is None
        assert dict(web.state(FARM).values) == databases.sites[FARM]
        databases.sites[FARM] = {BARN: (2 * MINUTE, 3.0)}  # the gate was deleted
        now[0] += 3.0
        await web.catch_up(FARM, web.state(FARM).cursor)
        await until(lambda: dict(web.state(FARM).values) == databases.sites[FARM])

        redis_server.start()
        worker.show((FARM, BARN, 3 * MINUTE, 4.0))
        await until(lambda: not web.away)
        assert dict(web.state(FARM).values) == {BARN: (3 * MINUTE, 4.0)}


async def test_a_redis_that_lacks_a_partition_is_not_shown(redis_server: RedisServer) -> None:
    worker, other, databases = Partition(redis_server, 0), Partition(redis_server, 1), Databases()
    worker.show((FARM, BARN, 0, 1.0))
    other.show((FARM, GATE, 0, 2.0))
    databases.sites[FARM] = {BARN: (0, 1.0), GATE: (0, 2.0)}
    async with web_process(redis_server, databases, [0.0], partitions=2) as web:
        assert not web.away
        Redis.from_url(redis_server.url).flushall()
        await until(lambda: web.away)
        worker.flush()
        await web.bring_level()
        await web.catch_up(FARM, "")
        assert (web.away, dict(web.state(FARM).values)) == (True, databases.sites[FARM])
        other.flush()
        await until(lambda: not web.away)
        assert dict(web.state(FARM).values) == databases.sites[FARM]


async def test_a_deleted_series_goes_from_every_web_process(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0), (FARM, GATE, 0, 2.0))
    async with (
        web_process(redis_server, Databases(), [0.0]) as one,
        web_process(redis_server, Databases(), [0.0]) as other,
    ):
        before = one.state(FARM).cursor
        one.forget(FARM, GATE)
        await until(lambda: dict(one.state(FARM).values) == dict(other.state(FARM).values) == {BARN: (0, 1.0)})
        assert other.since(FARM, before) is None


async def test_the_web_process_in_which_a_series_is_deleted_waits_for_no_tick(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_module, "TICK_SECONDS", 3600.0)
    Partition(redis_server).show((FARM, BARN, 0, 1.0), (FARM, GATE, 0, 2.0))
    async with web_process(redis_server, Databases(), [0.0]) as web:
        web.forget(FARM, GATE)
        await until(lambda: list(web.state(FARM).values) == [BARN])


async def test_a_series_that_is_deleted_while_redis_is_away_goes_once_it_is_back(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0), (FARM, GATE, 0, 2.0))
    async with web_process(redis_server, Databases(), [0.0]) as web:
        os.kill(redis_server.pid, signal.SIGSTOP)
        try:
            web.forget(FARM, GATE)
            await web.bring_level()
        finally:
            os.kill(redis_server.pid, signal.SIGCONT)
        await until(lambda: list(web.state(FARM).values) == [BARN])
        assert list(copy_of(redis_server).state(FARM).values) == [BARN]
