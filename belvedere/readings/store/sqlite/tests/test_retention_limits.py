"""Retention keeps its word to the instant: nothing older stays, nothing younger goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.chunks import CHUNK_ROWS
from belvedere.readings.store.sqlite.retention import CHUNKS_A_STEP, DAY_MS
from belvedere.readings.store.sqlite.store import SqliteStore
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
    store.flush.move_all()


def hourly(days: int) -> list[int]:
    return [NOW - hour * HOUR_MS for hour in reversed(range(days * 24))]


def raw(store: SqliteStore, series: int = 1) -> list[int]:
    return store.raw(series, 0, 1 << 50).ts.tolist()


def starts(store: SqliteStore, series: int = 1) -> dict[str, list[int]]:
    return {tier.name: [bucket.start for bucket in store.buckets(series, tier, 0, 1 << 50)] for tier in TIERS}


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
    store.database.db.execute("INSERT INTO present VALUES(1, 5, 1.0), (2, 5, 1.0)")  # of a device whose clock was wrong
    forget(store, NOW, {1: Keep(7, 30), 2: Keep(7, 30)})
    forget(store, NOW, {2: Keep(7, 30)}, deleted={1})
    tables = ("chunk", "times", "head", "present", "horizon", *(tier.table for tier in TIERS))
    for table in tables:
        found = {series for (series,) in store.database.db.execute(f"SELECT series FROM {table}")}
        assert found == {2}, table


def test_the_times_of_forgotten_readings_go_with_the_last_bucket_that_counts_them(store: SqliteStore) -> None:
    fill(store, hourly(40))
    forget(store, NOW, {1: Keep(7, 366)})
    assert store.database.db.execute("SELECT sum(n) FROM times").fetchone()[0] == 33 * 24 - 1
    forget(store, NOW + 360 * DAY_MS, {1: Keep(7, 366)})
    assert store.database.db.execute("SELECT sum(n) FROM times").fetchone()[0] == 40 * 24
    forget(store, NOW + 368 * DAY_MS, {1: Keep(7, 366)})
    assert store.database.db.execute("SELECT count(*) FROM times").fetchone()[0] == 0
