"""What a web process sees of partitions that workers write: all that is committed, at each moment of a fold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import pytest

from belvedere.readings.store.batch import QuarantineEntry
from belvedere.readings.store.cluster import lease, reader
from belvedere.readings.store.cluster.lag import PartitionLag, count_lag
from belvedere.readings.store.cluster.mongo import Mongo
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.reader import ClusterReader
from belvedere.readings.store.cluster.schema import create_tables
from belvedere.readings.store.cluster.store import ClusterStore
from belvedere.readings.store.port import StoreBroken, StoreUnavailable
from belvedere.readings.tiers import MINUTE
from tests.contract.cluster_stores import PARTITIONS, get_free_partition, needs_servers, servers
from tests.contract.stores import EVER

pytestmark = needs_servers
HOUR = 1_763_899_200_000


class Web(NamedTuple):
    """A web process beside the workers of two partitions; even series are in the first, odd ones in the second."""

    reader: ClusterReader
    workers: tuple[ClusterStore, ClusterStore]
    mysql: MySql


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setattr(reader, "FRESH_SECONDS", 0.0)
    parts = (get_free_partition(), get_free_partition())
    mysql, mysql_url, mongo_url = servers()
    mongo = Mongo(mongo_url.replace("/belvedere?", f"/partition{parts[0]}?"), journal=False)
    workers = (ClusterStore(parts[0], mysql, mongo), ClusterStore(parts[1], mysql, mongo))
    for worker in workers:
        worker.open()
    own = MySql(mysql_url)
    yield Web(ClusterReader(own, mongo, lambda series: parts[series % 2] if series < 9 else None), workers, own)
    own.close()
    mongo.close()


def commit(web: Web, series: int, *rows: tuple[int, float]) -> None:
    store = web.workers[series % 2]
    batch = store.stage()
    for ts, value in rows:
        batch.add(series, ts, value, ts)
    store.commit(batch)


def seen(web: Web, series: int = 2) -> list[float]:
    values = web.reader.raw(series, 0, EVER).values.tolist()
    assert sum(bucket.n for bucket in web.reader.buckets(series, MINUTE, 0, EVER)) == len(values)
    assert [value for page in web.reader.pages(series, 0, EVER) for value in page.values] == values
    return values


def test_what_a_worker_commits_is_seen_at_each_moment_of_its_fold(web: Web) -> None:
    fold = web.workers[0].fold
    for at in range(3):
        commit(web, 2, (HOUR + at * 5_000, at))
        expected = [float(value) for value in range(at + 1)]
        assert seen(web) == expected
        fold.freeze()
        assert seen(web) == expected
        fold.step(0.0)
        assert seen(web) == expected
        fold.move_all()
        assert seen(web) == expected


def test_whoever_did_not_look_for_a_whole_fold_sees_all_the_same(web: Web) -> None:
    commit(web, 2, (HOUR, 0.0))
    assert seen(web) == [0.0]
    for at in (1, 2):
        commit(web, 2, (HOUR + at * 5_000, at))
        web.workers[0].fold.move_all()
    commit(web, 2, (HOUR + 15_000, 3.0))
    web.workers[0].fold.freeze()
    commit(web, 2, (HOUR + 20_000, 4.0))
    assert seen(web) == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_present_values_come_from_the_partition_of_each_series(web: Web) -> None:
    commit(web, 2, (HOUR, 2.0))
    commit(web, 3, (HOUR, 3.0))
    assert web.reader.present_of([2, 3, 4, 99]) == {2: (HOUR, 2.0, HOUR), 3: (HOUR, 3.0, HOUR)}
    assert (web.reader.present.get(3), web.reader.present.get(99)) == ((HOUR, 3.0, HOUR), None)
    assert web.reader.first_ms(3) == HOUR


def test_a_series_that_this_process_does_not_know_yet_is_to_be_asked_for_again(web: Web) -> None:
    with pytest.raises(StoreUnavailable):
        web.reader.raw(99, 0, EVER)


def test_what_was_refused_is_seen_and_dropped(web: Web) -> None:
    batch = web.workers[0].stage()
    batch.quarantine.append(QuarantineEntry("reader-d0", 5, "bad_json", 0, "", b"{"))
    web.workers[0].commit(batch)
    (row,) = web.reader.quarantined("reader-d0", EVER, 9)
    web.reader.drop_quarantined("reader-d0", row.id)
    assert web.reader.quarantined("reader-d0", EVER, 9) == []
    assert web.reader.refused_counts("reader-d0") == {"bad_json": 1}


def test_a_lease_whose_holder_hangs_in_a_transaction_is_left_to_it_for_now(web: Web) -> None:
    part = get_free_partition()
    assert lease.take(web.mysql, part, "a", 0.0)
    hanging = MySql(servers().mysql_url)
    with hanging.transaction() as cursor:
        cursor.execute("UPDATE readings_fence SET attempts=1 WHERE part=%s", (part,))
        assert lease.take(web.mysql, part, "b", 60.0) is False
    assert lease.take(web.mysql, part, "b", 60.0)
    hanging.close()


def test_a_lease_is_for_one_worker_until_it_gives_it_back(web: Web) -> None:
    part = web.workers[0].partition
    assert lease.take(web.mysql, part, "a", 60.0)
    assert lease.take(web.mysql, part, "a", 60.0)
    assert not lease.take(web.mysql, part, "b", 60.0)
    lease.release(web.mysql, [part], "b")
    assert not lease.take(web.mysql, part, "b", 60.0)
    lease.release(web.mysql, [part], "a")
    assert lease.take(web.mysql, part, "b", 60.0)
    assert [lease.raise_attempts(web.mysql, part) for _ in range(2)] == [1, 2]
    commit(web, 2, (HOUR, 2.0))
    lag = next(row for row in count_lag(web.mysql) if row.partition == part)
    assert lag == PartitionLag(part, 1, None, log_rows=1, outbox_rows=0, attempts=2, lease_owner="b")
    lease.take_back_attempt(web.mysql, part, 1)
    assert lease.raise_attempts(web.mysql, part) == 3, "another worker has begun since"
    lease.take_back_attempt(web.mysql, part, 3)
    assert lease.raise_attempts(web.mysql, part) == 3
    lease.clear_attempts(web.mysql, part)
    assert lease.raise_attempts(web.mysql, part) == 1


def test_a_lease_ends_although_the_clock_of_the_database_was_set_back(web: Web) -> None:
    part = get_free_partition()
    late = "UPDATE readings_fence SET lease_until=NOW(3) + INTERVAL 1 HOUR WHERE part=%s"
    assert lease.take(web.mysql, part, "a", 60.0)
    web.mysql.execute(late, (part,))
    assert lease.take(web.mysql, part, "b", 60.0)
    web.mysql.execute(late, (part,))
    lease.renew(web.mysql, [part], "b", 60.0)
    assert not lease.take(web.mysql, part, "a", 60.0)


def test_times_of_the_database_are_in_utc(web: Web) -> None:
    assert web.mysql.fetch("SELECT ABS(TIMESTAMPDIFF(SECOND, NOW(), UTC_TIMESTAMP()))") == [(0,)]
    assert web.mysql.fetch("SELECT @@SESSION.time_zone") == [("+00:00",)]


def test_leases_are_renewed_together_and_only_those_that_one_has(web: Web) -> None:
    mine, other, nobodys = (get_free_partition() for _ in range(3))
    every = [mine, other, nobodys]
    assert lease.renew(web.mysql, every, "a", 60.0) == {}
    assert lease.take(web.mysql, mine, "a", 60.0)
    assert lease.take(web.mysql, other, "b", 60.0)
    assert lease.renew(web.mysql, every, "a", 60.0) == {mine: 0}
    web.mysql.execute("UPDATE readings_fence SET version=7 WHERE part=%s", (mine,))
    assert lease.renew(web.mysql, every, "a", 60.0) == {mine: 7}
    lease.release(web.mysql, every, "a")
    assert lease.renew(web.mysql, every, "a", 60.0) == {}
    assert lease.renew(web.mysql, every, "b", 60.0) == {other: 0}
    assert lease.renew(web.mysql, [], "a", 60.0) == {}


def test_a_lease_is_written_again_once_a_quarter_of_it_is_over(web: Web) -> None:
    part = get_free_partition()

    def find_end() -> datetime:
        end: datetime = web.mysql.fetch("SELECT lease_until FROM readings_fence WHERE part=%s", (part,))[0][0]
        return end

    assert lease.take(web.mysql, part, "a", 60.0)
    end = find_end()
    assert lease.renew(web.mysql, [part], "a", 60.0) == {part: 0}
    assert find_end() == end
    web.mysql.execute("UPDATE readings_fence SET lease_until=NOW(3) + INTERVAL 44 SECOND WHERE part=%s", (part,))
    assert lease.renew(web.mysql, [part], "a", 60.0) == {part: 0}
    assert find_end() >= end
    web.mysql.execute("UPDATE readings_fence SET lease_until=NOW(3) - INTERVAL 1 SECOND WHERE part=%s", (part,))
    assert lease.renew(web.mysql, [part], "a", 60.0) == {part: 0}, "nobody has taken it in between"
    assert not lease.take(web.mysql, part, "b", 60.0)


def test_tables_of_another_number_of_partitions_are_refused(web: Web) -> None:
    create_tables(web.mysql, PARTITIONS)
    with pytest.raises(StoreBroken, match="cannot change"):
        create_tables(web.mysql, PARTITIONS + 1)
