"""Retention keeps its word to the instant: nothing older stays, nothing younger goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.readings.store.batch import QuarantineEntry
from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.chunks import CHUNK_ROWS
from belvedere.readings.store.sqlite.flush import Flush
from belvedere.readings.store.sqlite.retention import CHUNKS_A_STEP, DAY_MS
from belvedere.readings.store.sqlite.store import QUARANTINE_ROWS, SqliteStore
from belvedere.readings.store.sqlite.tests.forgetting import forget
from belvedere.readings.tiers import HOUR, TIERS

NOW = 1_763_900_000_000
HOUR_MS = HOUR.width_ms


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "readings.db")
    store.open()
    yield store
    store.close()


def fill(store: SqliteStore, times: list[int], series: int = 1) -> None:
    batch = store.stage()
    for ts in times:
        batch.add(series, ts, 1.0)
    store.commit(batch)
    Flush(store).all()


def hourly(days: int) -> list[int]:
    return [NOW - hour * HOUR_MS for hour in reversed(range(days * 24))]


def raw(store: SqliteStore, series: int = 1) -> list[int]:
    return store.raw(series, 0, 1 << 50).ts.tolist()


def starts(store: SqliteStore, series: int = 1) -> dict[str, list[int]]:
    return {tier.name: [bucket.start for bucket in store.buckets(series, tier, 0, 1 << 50)] for tier in TIERS}


def test_readings_of_an_hourly_series_are_kept_for_their_days_and_not_a_millisecond_longer(
    store: SqliteStore,
) -> None:
    limit = NOW - 30 * DAY_MS
    fill(store, sorted([*hourly(72), limit - 1, limit + 1]))
    forget(store, NOW, {1: Keep(30, 366)})
    assert raw(store) == [limit, limit + 1, *(ts for ts in hourly(72) if ts > limit)]
    assert sum(bucket.n for bucket in store.buckets(1, HOUR, 0, NOW)) == 72 * 24 + 2


def test_a_bucket_of_any_tier_goes_when_all_of_it_is_too_old_and_not_before(store: SqliteStore) -> None:
    fill(store, hourly(72))
    before = starts(store)
    forget(store, NOW, {1: Keep(10, 50)})
    limit = NOW - 50 * DAY_MS
    for tier in TIERS:
        assert starts(store)[tier.name] == [start for start in before[tier.name] if start + tier.width_ms > limit]
        assert len(starts(store)[tier.name]) < len(before[tier.name])
    assert raw(store) == [ts for ts in hourly(72) if ts >= NOW - 10 * DAY_MS]


def test_each_series_is_kept_for_its_own_days(store: SqliteStore) -> None:
    fill(store, hourly(40), 1)
    fill(store, hourly(40), 2)
    forget(store, NOW, {1: Keep(30, 366), 2: Keep(7, 366)})
    assert raw(store, 1)[0] == NOW - 30 * DAY_MS
    assert raw(store, 2)[0] == NOW - 7 * DAY_MS


def test_a_long_backlog_is_forgotten_in_steps(store: SqliteStore) -> None:
    chunks = 2 * CHUNKS_A_STEP + 3
    fill(store, [NOW - 400 * DAY_MS + n * 60_000 for n in range(chunks * CHUNK_ROWS)])
    forget(store, NOW, {1: Keep(30, 9_999)}, steps=2)
    assert len(raw(store)) == (chunks - CHUNKS_A_STEP) * CHUNK_ROWS
    forget(store, NOW, {1: Keep(30, 9_999)})
    assert raw(store) == []


def test_a_deleted_series_leaves_nothing_whatever_the_times_of_its_readings(store: SqliteStore) -> None:
    for series in (1, 2):
        fill(store, [*hourly(40), NOW + 400 * DAY_MS], series)
    store.db.execute("INSERT INTO present VALUES(1, 5, 1.0), (2, 5, 1.0)")  # of a device whose clock was wrong
    forget(store, NOW, {1: Keep(7, 30), 2: Keep(7, 30)})
    forget(store, NOW, {2: Keep(7, 30)}, deleted={1})
    tables = ("chunk", "times", "head", "present", "horizon", *(tier.table for tier in TIERS))
    for table in tables:
        found = {series for (series,) in store.db.execute(f"SELECT series FROM {table}")}
        assert found == {2}, table


def test_the_times_of_forgotten_readings_go_with_the_last_bucket_that_counts_them(store: SqliteStore) -> None:
    fill(store, hourly(40))
    forget(store, NOW, {1: Keep(7, 366)})
    assert store.db.execute("SELECT sum(n) FROM times").fetchone()[0] == 33 * 24 - 1
    forget(store, NOW + 360 * DAY_MS, {1: Keep(7, 366)})
    assert store.db.execute("SELECT sum(n) FROM times").fetchone()[0] == 40 * 24
    forget(store, NOW + 368 * DAY_MS, {1: Keep(7, 366)})
    assert store.db.execute("SELECT count(*) FROM times").fetchone()[0] == 0


def test_quarantine_keeps_the_newest_bodies_of_each_device_and_counts_all(store: SqliteStore) -> None:
    for n in range(QUARANTINE_ROWS + 7):
        batch = store.stage()
        batch.quarantine.append(QuarantineEntry("d0", n, "bad_json", 0, "", b"{%d" % n))
        batch.quarantine.append(QuarantineEntry("d1", n, "bad_json", 0, "", b"{"))
        store.commit(batch)
        if n == 5:
            assert len(store.quarantined("d0", 1 << 60, 999)) == 6
    kept = store.quarantined("d0", 1 << 60, 999)
    assert [row.at_ms for row in kept] == list(range(QUARANTINE_ROWS + 6, 6, -1))
    assert len(store.quarantined("d1", 1 << 60, 999)) == QUARANTINE_ROWS
    assert store.refused_counts("d0") == {"bad_json": QUARANTINE_ROWS + 7}
