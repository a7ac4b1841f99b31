"""A chunk that cannot be read: it is kept for a repair, said once, and costs nothing else its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from belvedere.readings.store.batch import Verdict
from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.chunks import CHUNK_ROWS
from belvedere.readings.store.sqlite.retention import DAY_MS
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.store.sqlite.tests.forgetting import forget
from belvedere.readings.tiers import MINUTE, TIERS
from tests.contract.rows import commit_rows

STEP_MS = 5_000
START = 1_763_900_000_000 - 1_763_900_000_000 % DAY_MS
N = 3 * CHUNK_ROWS
END = START + N * STEP_MS
DAMAGE = (
    "x'00'",  # no chunk
    "substr(data, 1, 8) || x'ffffffffffffff7f' || substr(data, 17)",  # times beyond any
    "substr(data, 1, 8) || x'0000000000000000' || substr(data, 17)",  # of another time than its row says
    "substr(data, 1, 2) || 'd' || substr(data, 4)",  # steps that are no whole numbers
    "substr(data, 1, 40) || zeroblob(8) || substr(data, 49)",
)


def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    store.open()
    return store


def spoil(store: SqliteStore, at: int, how: str = "x'00'", table: str = "chunk") -> None:
    """Damage the chunk that begins as the at-th of its series."""
    row = f"SELECT id FROM {table} WHERE series=1 ORDER BY first_ts LIMIT 1 OFFSET {at}"
    store.database.db.execute(f"UPDATE {table} SET data=CAST({how} AS BLOB) WHERE id=({row})")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Three full chunks of series 1, and one of series 2."""
    store = opened(tmp_path / "readings.db")
    rows = [(START + n * STEP_MS, float(n % 7)) for n in range(N)]
    commit_rows(store, rows)
    commit_rows(store, rows[:10], series=2)
    store.flush.move_all()
    yield store
    store.close()


def kept(store: SqliteStore) -> list[tuple[str, int, int]]:
    return store.database.db.execute("SELECT source, series, n FROM damaged").fetchall()


@pytest.mark.parametrize("how", DAMAGE)
def test_a_late_value_that_meets_a_damaged_chunk_is_stored_and_the_chunk_is_kept(store: SqliteStore, how: str) -> None:
    spoil(store, 1, how)
    data = store.database.db.execute("SELECT data FROM chunk ORDER BY series, first_ts LIMIT 1 OFFSET 1").fetchone()
    late = START + (CHUNK_ROWS + 5) * STEP_MS + 1
    with capture_logs() as logs:
        assert commit_rows(store, [(late, 3.5)]) == [Verdict.NEW]
        assert commit_rows(store, [(late, 3.5)]) == [Verdict.DUPLICATE]
        store.flush.move_all()
    assert [(entry["series"], entry["log_level"]) for entry in logs if entry["event"] == "chunk_damaged"] == [
        (1, "error")
    ]
    assert kept(store) == [("chunk", 1, CHUNK_ROWS)]
    assert store.database.db.execute("SELECT data FROM damaged").fetchone() == data
    assert store.lookup.value_at(1, late) == 3.5
    assert len(store.raw(1, START, END).ts) == 2 * CHUNK_ROWS + 1


def test_new_values_after_a_damaged_last_chunk_are_moved_and_so_are_those_of_others(store: SqliteStore) -> None:
    spoil(store, 2)
    commit_rows(store, [(END, 1.0)])
    commit_rows(store, [(END, 2.0)], series=2)
    store.flush.move_all()
    assert store.database.active.rows == 0
    assert store.database.db.execute("SELECT count(*) FROM log").fetchone() == (0,)
    assert kept(store) == [("chunk", 1, CHUNK_ROWS)]
    assert list(store.raw(1, END, END).values) == [1.0]
    assert list(store.raw(2, END, END).values) == [2.0]


def test_a_minute_of_which_a_part_cannot_be_read_loses_no_count(store: SqliteStore) -> None:
    before = [sum(bucket.n for bucket in store.buckets(1, tier, START, END)) for tier in TIERS]
    spoil(store, 1)
    late = START + (CHUNK_ROWS + 100) * STEP_MS + 1
    commit_rows(store, [(late, 99.0)])
    minute = store.buckets(1, MINUTE, late, late)[0]
    assert minute.n >= MINUTE.width_ms // STEP_MS, "what is in memory must not hide what is stored"
    store.flush.move_all()
    assert store.buckets(1, MINUTE, late, late)[0].n == MINUTE.width_ms // STEP_MS + 1
    assert store.buckets(1, MINUTE, late, late)[0].max == 99.0
    after = [sum(bucket.n for bucket in store.buckets(1, tier, START, END)) for tier in TIERS]
    assert after == [n + 1 for n in before]


def test_a_range_with_a_damaged_chunk_is_told_without_it(store: SqliteStore) -> None:
    spoil(store, 1)
    assert len(store.raw(1, START, END).ts) == 2 * CHUNK_ROWS
    assert sum(len(page.ts) for page in store.pages(1, START, END)) == 2 * CHUNK_ROWS
    assert store.database.chunks.damage.count == 1


def test_damage_is_still_told_and_heeded_after_a_restart(store: SqliteStore, tmp_path: Path) -> None:
    spoil(store, 1)
    late = START + (CHUNK_ROWS + 100) * STEP_MS + 1
    commit_rows(store, [(late, 99.0)])
    store.flush.move_all()
    store.close()
    again = opened(tmp_path / "readings.db")
    assert again.database.chunks.damage.count == 1
    commit_rows(again, [(late + 1, 98.0)])
    again.flush.move_all()
    assert again.buckets(1, MINUTE, late, late)[0].n == MINUTE.width_ms // STEP_MS + 2
    again.close()


def test_a_start_gets_by_a_damaged_chunk_that_the_log_falls_into(store: SqliteStore, tmp_path: Path) -> None:
    late = START + (CHUNK_ROWS + 5) * STEP_MS + 1
    commit_rows(store, [(late, 3.5)])
    spoil(store, 1)
    store.close()
    again = opened(tmp_path / "readings.db")
    assert again.lookup.value_at(1, late) == 3.5
    again.close()


def test_retention_keeps_a_damaged_chunk_and_forgets_the_others(store: SqliteStore) -> None:
    spoil(store, 0)
    forget(store, END + 30 * DAY_MS, {1: Keep(30, 366), 2: Keep(30, 366)})
    assert store.database.db.execute("SELECT count(*) FROM chunk").fetchone() == (0,)
    assert kept(store) == [("chunk", 1, CHUNK_ROWS)]


def test_a_body_sent_again_is_a_copy_though_the_list_of_its_time_is_damaged(store: SqliteStore) -> None:
    forget(store, END + 30 * DAY_MS, {1: Keep(30, 366), 2: Keep(30, 366)})
    spoil(store, 1, table="times")
    second = "SELECT first_ts FROM times WHERE series=1 ORDER BY first_ts LIMIT 1 OFFSET 1"
    at = store.database.db.execute(second).fetchone()[0]
    assert commit_rows(store, [(at, 5.0)]) == [Verdict.DUPLICATE]


def test_a_deleted_series_leaves_no_damaged_chunk_either(store: SqliteStore) -> None:
    spoil(store, 1)
    commit_rows(store, [(START + (CHUNK_ROWS + 5) * STEP_MS + 1, 3.5)])
    store.flush.move_all()
    forget(store, END, {2: Keep(30, 366)}, deleted={1})
    assert kept(store) == []
    assert store.database.chunks.damage.count == 0
