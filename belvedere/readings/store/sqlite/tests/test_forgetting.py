"""What is known of readings that are past their retention: their buckets, exactly, and that they were there."""

import shutil
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.readings.store.batch import Verdict
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.port import Keep, StoreUnavailable
from belvedere.readings.store.sqlite import schema
from belvedere.readings.store.sqlite.retention import DAY_MS
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.store.sqlite.tests.forgetting import forget
from belvedere.readings.tiers import DAY, MINUTE, TIERS
from tests.contract.rows import commit_rows

NOON = 1_763_900_000_000 - 1_763_900_000_000 % DAY.width_ms + DAY.width_ms // 2
MONTH = {series: Keep(30, 366) for series in (1, 2, 3)}
LATER = NOON + 30 * DAY_MS  # what stands before NOON is 30 days old then


def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    store.open()
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = opened(tmp_path / "readings.db")
    yield store
    store.close()


def add(store: SqliteStore, rows: list[tuple[int, float]], series: int = 1) -> list[Verdict]:
    """Commit and move to chunks."""
    verdicts = commit_rows(store, rows, series)
    store.flush.move_all()
    return verdicts


def around_noon(minutes: int = 10, value: float = 20.0) -> list[tuple[int, float]]:
    """A reading every 5 s, from before NOON to after it."""
    first = NOON - minutes * MINUTE.width_ms
    return [(ts, value) for ts in range(first, NOON + minutes * MINUTE.width_ms, 5_000)]


def as_columns(rows: list[tuple[int, float]]) -> Columns:
    return Columns(array("q", (ts for ts, _ in rows)), array("d", (value for _, value in rows)))


def counts(store: SqliteStore, series: int = 1) -> list[int]:
    """How many readings each tier counts."""
    return [sum(bucket.n for bucket in store.buckets(series, tier, 0, 1 << 50)) for tier in TIERS]


def test_a_reading_in_memory_while_its_neighbours_are_moved_and_forgotten_is_counted_once(store: SqliteStore) -> None:
    flush = store.flush
    for ts in (NOON, NOON + 1_000):
        batch = store.stage()
        batch.add(1, ts, 20.0)
        store.commit(batch)
        if store.database.frozen is None:
            flush.freeze()
    while store.database.frozen is not None:
        flush.step(1.0)
    forget(store, LATER + 300_000, MONTH)
    flush.move_all()
    assert counts(store) == [2] * 4


def test_a_kill_at_any_step_of_moving_and_forgetting_counts_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    """The far test of the same is tests/faults/test_kill.py."""
    path = tmp_path / "readings.db"
    store = opened(path)
    add(store, around_noon())
    flush = store.flush
    late, fresh = [(NOON - 59_000, 5.0), (NOON + 1_000, 6.0)], [(NOON + 700_000 + n, 7.0) for n in range(5)]
    batch = store.stage()
    for series in (1, 2):
        for ts, value in late:
            batch.add(series, ts, value)
    store.commit(batch)
    copies = 0

    def reopened() -> None:
        nonlocal copies
        copies += 1
        folder = tmp_path / f"copy-{copies}"
        folder.mkdir()
        for file in tmp_path.glob("readings.db*"):
            shutil.copy(file, folder)
        again = opened(folder / "readings.db")
        assert set(add(again, around_noon() + late)) == {Verdict.DUPLICATE}
        assert counts(again) == [242 + len(fresh) * (copies > 1)] * 4
        assert counts(again, 2) == [2] * 4
        again.close()

    reopened()
    flush.freeze()
    batch = store.stage()
    for ts, value in fresh:
        batch.add(1, ts, value)
    store.commit(batch)
    while store.database.frozen is not None:
        flush.step(1e-9)
        reopened()
    for now in (LATER - 60_000, LATER + 30_000):
        for steps in (2, 20):
            forget(store, now, MONTH, steps)
            reopened()
    assert copies > 6
    store.close()


def test_a_disk_that_is_full_in_the_middle_of_a_move_costs_no_reading(store: SqliteStore) -> None:
    batch = store.stage()
    for series in range(1, 200):
        for n in range(200):
            batch.add(series, NOON + n * 977, n / 7)
    store.commit(batch)
    pages = store.database.db.execute("PRAGMA page_count").fetchone()[0]
    store.database.db.execute(f"PRAGMA max_page_count={pages + 20}")
    flush = store.flush
    with pytest.raises(StoreUnavailable, match="disk is full"):
        flush.move_all()
    store.database.db.execute("PRAGMA max_page_count=1000000")
    flush.move_all()
    assert store.database.db.execute("SELECT count(*), sum(n) FROM chunk").fetchone() == (199, 199 * 200)
    assert store.database.db.execute("SELECT count(*) FROM log").fetchone() == (0,)


def test_the_log_stays_until_all_it_holds_stands_in_chunks(store: SqliteStore) -> None:
    for n in range(5):
        batch = store.stage()
        for series in (1, 2, 3):
            batch.add(series, NOON + n, 1.0)
        store.commit(batch)
    flush = store.flush
    while store.database.active.rows or store.database.frozen is not None:
        in_chunks = store.database.db.execute("SELECT coalesce(sum(n), 0) FROM chunk").fetchone()[0]
        in_log = store.database.db.execute("SELECT coalesce(sum(n), 0) FROM log").fetchone()[0]
        assert 15 in (in_log, in_chunks)
        flush.step(1e-9)


def test_a_store_of_version_1_is_upgraded_in_place_and_counts_no_copy_of_what_it_had_deleted(tmp_path: Path) -> None:
    path = tmp_path / "readings.db"
    old = opened(path)
    add(old, around_noon())
    add(old, around_noon(), series=2)
    old.database.db.execute("DELETE FROM chunk WHERE series=1")
    after = [row for row in around_noon() if row[0] >= NOON]
    old.database.chunks.write(old.database.db, 1, as_columns(after))
    old.database.db.execute("DROP TABLE times")
    old.database.db.execute("DROP TABLE horizon")
    old.database.db.execute("PRAGMA user_version=1")
    old.close()
    new = opened(path)
    assert set(add(new, around_noon())) == {Verdict.DUPLICATE}
    assert add(new, [(NOON - 3_600_000, 1.0), (NOON + 1_000, 1.0)]) == [Verdict.NEW] * 2
    assert counts(new) == [242] * 4
    assert new.database.horizons.keys() == {1}
    assert new.database.db.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA_VERSION,)
    new.close()
    again = opened(path)
    assert counts(again) == [242] * 4
    again.close()


def test_a_forgotten_reading_takes_less_than_two_bytes(store: SqliteStore) -> None:
    rows = [(NOON - (8_192 - n) * 5_000 + n * 7_919 % 100, n / 7) for n in range(8_192)]
    add(store, rows)
    forget(store, LATER, MONTH)
    size, n = store.database.db.execute("SELECT sum(length(data)), sum(n) FROM times").fetchone()
    assert n == 8_192
    assert size / n < 2
