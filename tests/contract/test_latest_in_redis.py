"""Latest values in Redis beyond the port: several processes, a Redis that loses what it had, and one that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis import Redis, RedisError

from belvedere.config.redis_clients import connect, connect_on_loop
from belvedere.readings.latest.memory import MemoryLatest
from belvedere.readings.latest.redis.copy import LatestCopy
from belvedere.readings.latest.redis.reader import bring_level, read_intervals
from belvedere.readings.latest.redis.replica import LatestReplica
from belvedere.readings.latest.redis.scripts import KEPT_GONE, ROWS_A_CALL
from belvedere.readings.latest.redis.writer import RedisLatestWriter
from belvedere.readings.snapshot import Numbers, SnapshotApp
from tests.cluster.redis import RedisServer, is_installed
from tests.contract.test_latest import EverybodyIsAlice, etag_of

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs Debian's redis-server")

FARM, HARBOUR = 1, 2
BARN, GATE, CRANE = 11, 12, 21
MINUTE = 60_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own, which it may kill."""
    running = RedisServer(tmp_path)
    yield running
    running.stop()


class Partition:
    """A worker's partition: what its store holds, and how it tells Redis."""

    def __init__(self, server: RedisServer, number: int = 0) -> None:
        self._server = server
        self._number = number
        self.present: dict[int, tuple[int, int, float]] = {}
        self.version = 0
        self.take_over()

    def take_over(self) -> None:
        """Another worker opens the partition."""
        self.writer = RedisLatestWriter(connect(self._server.url), self._number)
        self.writer.flush(self.version, self.list_rows)

    def list_rows(self) -> list[tuple[int, int, int, float]]:
        return [(site, series, ts_ms, value) for series, (site, ts_ms, value) in self.present.items()]

    def commit(self, *values: tuple[int, int, int, float]) -> None:
        for site, series, ts_ms, value in values:
            self.present[series] = (site, ts_ms, value)
            self.writer.moved(site, series, ts_ms, value)
        self.version += 1

    def flush(self) -> None:
        self.writer.flush(self.version, self.list_rows)

    def show(self, *values: tuple[int, int, int, float]) -> None:
        self.commit(*values)
        self.flush()


def copy_of(server: RedisServer, copy: LatestCopy | None = None) -> LatestCopy:
    copy = copy or LatestCopy()
    bring_level(copy, Redis.from_url(server.url))
    return copy


def values_in(copy: LatestCopy, site: int = FARM) -> dict[int, tuple[int, float]]:
    return dict(copy.state(site).values)


def test_two_processes_give_the_same_cursor_and_the_same_deltas(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0))
    one = copy_of(server)
    first = one.state(FARM).cursor
    worker.show((FARM, GATE, 0, 2.0), (HARBOUR, CRANE, 0, 7.0))
    worker.show((FARM, GATE, MINUTE, 2.5))
    other = copy_of(server)
    copy_of(server, one)
    assert one.state(FARM) == other.state(FARM)
    assert one.state(HARBOUR) == other.state(HARBOUR)
    assert one.since(FARM, first) == other.since(FARM, first) == [(GATE, MINUTE, 2.5)]


def test_a_process_knows_that_another_one_is_ahead(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0))
    late = copy_of(server)
    worker.show((FARM, BARN, MINUTE, 2.0))
    ahead = copy_of(server).state(FARM).cursor
    assert late.is_behind(FARM, ahead)
    assert not late.is_behind(FARM, late.state(FARM).cursor)
    assert not late.is_behind(FARM, "")


def test_an_older_value_does_not_replace_a_newer_one(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, MINUTE, 1.0))
    before = copy_of(server).state(FARM)
    worker.writer.moved(FARM, BARN, 0, 9.0)
    worker.version += 1
    worker.flush()
    assert copy_of(server).state(FARM) == before


def test_a_worker_that_has_lost_its_partition_changes_nothing_late(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0))
    worker.commit((FARM, BARN, MINUTE, 2.0))  # and it stands still before it tells Redis
    zombie, its_version = worker.writer, worker.version
    worker.take_over()
    worker.show((FARM, BARN, MINUTE, 3.0))
    zombie.flush(its_version, list)
    assert values_in(copy_of(server)) == {BARN: (MINUTE, 3.0)}


def test_a_commit_that_was_not_told_is_told_by_the_next_holder(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0))
    worker.commit((FARM, BARN, MINUTE, 2.0), (FARM, GATE, 0, 5.0))
    worker.take_over()
    assert values_in(copy_of(server)) == {BARN: (MINUTE, 2.0), GATE: (0, 5.0)}


@pytest.mark.parametrize("lose", [lambda server: Redis.from_url(server.url).flushall(), RedisServer.kill])
def test_what_redis_has_lost_comes_back_and_earlier_cursors_get_everything(
    server: RedisServer, lose: Callable[[RedisServer], None]
) -> None:
    worker, other = Partition(server, 0), Partition(server, 1)
    worker.show((FARM, BARN, 0, 1.0))
    other.show((FARM, GATE, 0, 2.0))
    copy = copy_of(server)
    before = copy.state(FARM).cursor
    lose(server)
    if lose is RedisServer.kill:
        server.start()
    other.flush()  # nothing new, and it finds out
    worker.show((FARM, BARN, MINUTE, 1.5))
    copy_of(server, copy)
    assert values_in(copy) == {BARN: (MINUTE, 1.5), GATE: (0, 2.0)}
    assert copy.since(FARM, before) is None
    assert copy.is_behind(FARM, before), "whoever was shown the other state"


def test_an_old_file_of_redis_shows_nothing_old(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0))
    Redis.from_url(server.url).save()
    worker.show((FARM, BARN, MINUTE, 2.0))
    before = copy_of(server).state(FARM).cursor
    server.kill()
    server.start()
    old = copy_of(server)
    assert values_in(old) == {}, "until a worker has sent it again"
    worker.flush()
    copy_of(server, old)
    assert values_in(old) == {BARN: (MINUTE, 2.0)}
    assert old.since(FARM, before) is None


def test_a_restored_store_is_shown_although_its_values_are_older(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0))
    backup = dict(worker.present), worker.version
    worker.show((FARM, BARN, MINUTE, 2.0))
    worker.show((FARM, BARN, 2 * MINUTE, 3.0))
    worker.present, worker.version = backup
    Redis.from_url(server.url).flushall()  # docs/deploy.md says so
    worker.take_over()
    assert values_in(copy_of(server)) == {BARN: (0, 1.0)}


def test_a_site_larger_than_a_page_is_taken_over_whole(server: RedisServer) -> None:
    worker = Partition(server)
    rows = [(FARM, series, series, float(series)) for series in range(1, 3 * ROWS_A_CALL + 7)]
    worker.show(*rows)
    copy = copy_of(server)
    assert values_in(copy) == {series: (series, float(series)) for series in range(1, 3 * ROWS_A_CALL + 7)}
    cursor = copy.state(FARM).cursor
    worker.show(*((FARM, series, series + MINUTE, 0.0) for _, series, _, _ in rows))
    copy_of(server, copy)
    assert len(copy.since(FARM, cursor) or []) == len(rows)


def test_a_page_that_has_others_behind_it_is_not_shown_alone(server: RedisServer) -> None:
    from belvedere.readings.latest.redis import scripts

    worker = Partition(server)
    worker.show(*((FARM, series, 0, 1.0) for series in range(1, 2 * ROWS_A_CALL)))
    client, copy = Redis.from_url(server.url), LatestCopy()
    read = client.register_script(scripts.READ)
    assert not copy.take(scripts.Page.of(read(scripts.keys("belvedere:"), ["e", *copy.ask()])))
    assert values_in(copy) == {}


def test_who_was_away_for_many_deletions_reads_everything_anew(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0), (FARM, GATE, 0, 2.0))
    copy = copy_of(server)
    cursor = copy.state(FARM).cursor
    worker.writer.forget(FARM, GATE)
    for first in range(0, KEPT_GONE, ROWS_A_CALL):
        many = range(100 + first, 100 + first + ROWS_A_CALL)
        worker.show(*((HARBOUR, series, 0, 0.0) for series in many))
        for series in many:
            worker.writer.forget(HARBOUR, series)
    copy_of(server, copy)
    assert values_in(copy) == {BARN: (0, 1.0)}
    assert copy.since(FARM, cursor) is None


def test_intervals_are_those_of_all_sites(server: RedisServer) -> None:
    worker = Partition(server)
    for step in range(3):
        worker.show((FARM, BARN, step * MINUTE, 1.0), (HARBOUR, CRANE, step * 5_000, 1.0))
    assert read_intervals(Redis.from_url(server.url)) == {BARN: MINUTE, CRANE: 5_000}


# --- the web process ---


class Databases:
    """What a web process reads without Redis."""

    def __init__(self) -> None:
        self.sites: dict[int, dict[int, tuple[int, float]]] = {}

    def heads(self, site_id: int) -> Mapping[int, tuple[int, float]]:
        return dict(self.sites.get(site_id, {}))


@asynccontextmanager
async def web_process(
    server: RedisServer, databases: Databases, now: list[float], partitions: int = 1
) -> AsyncIterator[LatestReplica]:
    client = connect_on_loop(server.url)
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


async def test_a_poll_shows_what_another_process_has_shown_already(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0))
    async with web_process(server, Databases(), [0.0]) as web:
        worker.show((FARM, BARN, MINUTE, 2.0))
        ahead = copy_of(server).state(FARM).cursor
        await web.catch_up(FARM, ahead)
        assert web.state(FARM).cursor == ahead
        assert web.since(FARM, ahead) == []


async def test_a_page_that_polls_another_process_goes_on_from_where_it_was(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0))
    numbers = Numbers(lambda _site: 7, lambda _site: 8, lambda _site: 9)
    async with web_process(server, Databases(), [0.0]) as one, web_process(server, Databases(), [0.0]) as other:
        apps = [SnapshotApp(web, EverybodyIsAlice(), numbers, catch_up=web.catch_up) for web in (one, other)]
        worker.show((FARM, BARN, MINUTE, 2.0))
        await one.bring_level()
        cursor = one.state(FARM).cursor
        etags = [await etag_of(app, f"since={cursor}") for app in apps]
        assert etags[0] == etags[1], "the other process has read Redis before it answered"


async def test_a_value_reaches_every_web_process_unasked(server: RedisServer) -> None:
    worker = Partition(server)
    async with web_process(server, Databases(), [0.0]) as one, web_process(server, Databases(), [0.0]) as other:
        worker.show((FARM, BARN, 0, 1.0))
        await until(lambda: dict(one.state(FARM).values) == dict(other.state(FARM).values) == {BARN: (0, 1.0)})
        assert one.state(FARM).cursor == other.state(FARM).cursor


async def test_without_redis_pages_show_what_the_databases_hold(server: RedisServer) -> None:
    worker, databases, now = Partition(server), Databases(), [0.0]
    worker.show((FARM, BARN, 0, 1.0))
    async with web_process(server, databases, now) as web:
        cursor = web.state(FARM).cursor
        server.kill()
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

        server.start()
        worker.show((FARM, BARN, 3 * MINUTE, 4.0))
        await until(lambda: not web.away)
        assert dict(web.state(FARM).values) == {BARN: (3 * MINUTE, 4.0)}


async def test_a_redis_that_lacks_a_partition_is_not_shown(server: RedisServer) -> None:
    worker, other, databases = Partition(server, 0), Partition(server, 1), Databases()
    worker.show((FARM, BARN, 0, 1.0))
    other.show((FARM, GATE, 0, 2.0))
    databases.sites[FARM] = {BARN: (0, 1.0), GATE: (0, 2.0)}
    async with web_process(server, databases, [0.0], partitions=2) as web:
        assert not web.away
        Redis.from_url(server.url).flushall()
        await until(lambda: web.away)
        worker.flush()
        await web.bring_level()
        await web.catch_up(FARM, "")
        assert (web.away, dict(web.state(FARM).values)) == (True, databases.sites[FARM])
        other.flush()
        await until(lambda: not web.away)
        assert dict(web.state(FARM).values) == databases.sites[FARM]


async def test_a_deleted_series_goes_from_every_web_process(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0), (FARM, GATE, 0, 2.0))
    async with web_process(server, Databases(), [0.0]) as one, web_process(server, Databases(), [0.0]) as other:
        before = one.state(FARM).cursor
        one.forget(FARM, GATE)
        await until(lambda: dict(one.state(FARM).values) == dict(other.state(FARM).values) == {BARN: (0, 1.0)})
        assert other.since(FARM, before) is None


def test_a_writer_says_that_redis_is_away_and_sends_everything_later(server: RedisServer) -> None:
    worker = Partition(server)
    worker.show((FARM, BARN, 0, 1.0))
    server.kill()
    with pytest.raises(RedisError):
        worker.show((FARM, BARN, MINUTE, 2.0))
    server.start()
    worker.flush()
    assert values_in(copy_of(server)) == {BARN: (MINUTE, 2.0)}
