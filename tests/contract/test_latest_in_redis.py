"""Latest values in Redis beyond the port: several processes, and a Redis that loses what it had."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redis import Redis, RedisError

from belvedere.readings.latest.redis.copy import LatestCopy
from belvedere.readings.latest.redis.reader import read_intervals
from belvedere.readings.latest.redis.scripts import KEPT_GONE, ROWS_A_CALL
from tests.cluster.redis import RedisServer, is_installed
from tests.contract.redis_partition import BARN, CRANE, FARM, GATE, HARBOUR, MINUTE, Partition, copy_of, values_in

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs Debian's redis-server")


def test_two_processes_give_the_same_cursor_and_the_same_deltas(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0))
    one = copy_of(redis_server)
    first = one.state(FARM).cursor
    worker.show((FARM, GATE, 0, 2.0), (HARBOUR, CRANE, 0, 7.0))
    worker.show((FARM, GATE, MINUTE, 2.5))
    other = copy_of(redis_server)
    copy_of(redis_server, one)
    assert one.state(FARM) == other.state(FARM)
    assert one.state(HARBOUR) == other.state(HARBOUR)
    assert one.since(FARM, first) == other.since(FARM, first) == [(GATE, MINUTE, 2.5)]


def test_a_process_knows_that_another_one_is_ahead(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0))
    late = copy_of(redis_server)
    worker.show((FARM, BARN, MINUTE, 2.0))
    ahead = copy_of(redis_server).state(FARM).cursor
    assert late.is_behind(FARM, ahead)
    assert not late.is_behind(FARM, late.state(FARM).cursor)
    assert not late.is_behind(FARM, "")


def test_an_older_value_does_not_replace_a_newer_one(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, MINUTE, 1.0))
    before = copy_of(redis_server).state(FARM)
    worker.writer.moved(FARM, BARN, 0, 9.0)
    worker.version += 1
    worker.flush()
    assert copy_of(redis_server).state(FARM) == before


def test_a_worker_that_has_lost_its_partition_changes_nothing_late(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0))
    worker.commit((FARM, BARN, MINUTE, 2.0))  # and it stands still before it tells Redis
    zombie, its_version = worker.writer, worker.version
    worker.take_over()
    worker.show((FARM, BARN, MINUTE, 3.0))
    zombie.flush(its_version, list)
    assert values_in(copy_of(redis_server)) == {BARN: (MINUTE, 3.0)}


def test_a_commit_that_was_not_told_is_told_by_the_next_holder(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0))
    worker.commit((FARM, BARN, MINUTE, 2.0), (FARM, GATE, 0, 5.0))
    worker.take_over()
    assert values_in(copy_of(redis_server)) == {BARN: (MINUTE, 2.0), GATE: (0, 5.0)}


@pytest.mark.parametrize("lose", [lambda redis_server: Redis.from_url(redis_server.url).flushall(), RedisServer.kill])
def test_what_redis_has_lost_comes_back_and_earlier_cursors_get_everything(
    redis_server: RedisServer, lose: Callable[[RedisServer], None]
) -> None:
    worker, other = Partition(redis_server, 0), Partition(redis_server, 1)
    worker.show((FARM, BARN, 0, 1.0))
    other.show((FARM, GATE, 0, 2.0))
    copy = copy_of(redis_server)
    before = copy.state(FARM).cursor
    lose(redis_server)
    if lose is RedisServer.kill:
        redis_server.start()
    other.flush()  # nothing new, and it finds out
    worker.show((FARM, BARN, MINUTE, 1.5))
    copy_of(redis_server, copy)
    assert values_in(copy) == {BARN: (MINUTE, 1.5), GATE: (0, 2.0)}
    assert copy.since(FARM, before) is None
    assert copy.is_behind(FARM, before), "whoever was shown the other state"


def test_an_old_file_of_redis_shows_nothing_old(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0))
    Redis.from_url(redis_server.url).save()
    worker.show((FARM, BARN, MINUTE, 2.0))
    before = copy_of(redis_server).state(FARM).cursor
    redis_server.kill()
    redis_server.start()
    old = copy_of(redis_server)
    assert values_in(old) == {}, "until a worker has sent it again"
    worker.flush()
    copy_of(redis_server, old)
    assert values_in(old) == {BARN: (MINUTE, 2.0)}
    assert old.since(FARM, before) is None


def test_a_restored_store_is_shown_although_its_values_are_older(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0))
    backup = dict(worker.present), worker.version
    worker.show((FARM, BARN, MINUTE, 2.0))
    worker.show((FARM, BARN, 2 * MINUTE, 3.0))
    worker.present, worker.version = backup
    Redis.from_url(redis_server.url).flushall()  # docs/deploy.md says so
    worker.take_over()
    assert values_in(copy_of(redis_server)) == {BARN: (0, 1.0)}


def test_a_site_larger_than_a_page_is_taken_over_whole(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    rows = [(FARM, series, series, float(series)) for series in range(1, 3 * ROWS_A_CALL + 7)]
    worker.show(*rows)
    copy = copy_of(redis_server)
    assert values_in(copy) == {series: (series, float(series)) for series in range(1, 3 * ROWS_A_CALL + 7)}
    cursor = copy.state(FARM).cursor
    worker.show(*((FARM, series, series + MINUTE, 0.0) for _, series, _, _ in rows))
    copy_of(redis_server, copy)
    assert len(copy.since(FARM, cursor) or []) == len(rows)


def test_a_page_that_has_others_behind_it_is_not_shown_alone(redis_server: RedisServer) -> None:
    from belvedere.readings.latest.redis import scripts

    worker = Partition(redis_server)
    worker.show(*((FARM, series, 0, 1.0) for series in range(1, 2 * ROWS_A_CALL)))
    client, copy = Redis.from_url(redis_server.url), LatestCopy()
    read = client.register_script(scripts.READ)
    assert not copy.take(scripts.Page.of(read(scripts.keys("belvedere:"), ["e", *copy.ask()])))
    assert values_in(copy) == {}


def test_who_was_away_for_many_deletions_reads_everything_anew(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0), (FARM, GATE, 0, 2.0))
    copy = copy_of(redis_server)
    cursor = copy.state(FARM).cursor
    worker.writer.forget(FARM, GATE)
    for first in range(0, KEPT_GONE, ROWS_A_CALL):
        many = range(100 + first, 100 + first + ROWS_A_CALL)
        worker.show(*((HARBOUR, series, 0, 0.0) for series in many))
        for series in many:
            worker.writer.forget(HARBOUR, series)
    copy_of(redis_server, copy)
    assert values_in(copy) == {BARN: (0, 1.0)}
    assert copy.since(FARM, cursor) is None


def test_intervals_are_those_of_all_sites(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    for step in range(3):
        worker.show((FARM, BARN, step * MINUTE, 1.0), (HARBOUR, CRANE, step * 5_000, 1.0))
    assert read_intervals(Redis.from_url(redis_server.url)) == {BARN: MINUTE, CRANE: 5_000}


def test_a_writer_says_that_redis_is_away_and_sends_everything_later(redis_server: RedisServer) -> None:
    worker = Partition(redis_server)
    worker.show((FARM, BARN, 0, 1.0))
    redis_server.kill()
    with pytest.raises(RedisError):
        worker.show((FARM, BARN, MINUTE, 2.0))
    redis_server.start()
    worker.flush()
    assert values_in(copy_of(redis_server)) == {BARN: (MINUTE, 2.0)}
