"""What is SQLite's own in the store; what any store keeps to: tests/contract/test_store.py."""

from pathlib import Path

import pytest

from belvedere.readings.store.batch import QuarantineEntry
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.port import StoreBroken, StoreUnavailable
from belvedere.readings.store.refused import QUARANTINE_ROWS
from belvedere.readings.store.sqlite import flush as flush_module
from belvedere.readings.store.sqlite.flush import Flush
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.tiers import TIERS


def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    store.open()
    return store


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return opened(tmp_path / "readings.db")


def committed(store: SqliteStore, series: int, times: range, value: float = 1.0) -> None:
    batch = store.stage()
    for ts in times:
        batch.add(series, ts, value)
    store.commit(batch)


def test_a_move_becomes_more_urgent_the_more_has_come_since_it_began(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush_module, "FREEZE_ROWS", 100)
    flush = store.flush
    committed(store, 1, range(1, 151))
    assert flush.due
    flush.freeze()
    assert flush.urgency == 1.0
    committed(store, 1, range(1_000, 1_300))
    assert flush.urgency == 3.0
    flush.move_all()
    assert flush.urgency == 1.0


def test_a_long_back_fill_of_one_series_is_moved_in_parts_and_reads_the_same_after_each(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush_module, "MOVE_ROWS", 70)
    committed(store, 1, range(1_000, 7_201_000, 7_000))
    committed(store, 2, range(1_000, 61_000, 30_000))

    def read(series: int) -> list[object]:
        end_ms = 8_000_000
        return [store.raw(series, 0, end_ms), *(store.buckets(series, tier, 0, end_ms) for tier in TIERS)]

    told = read(1), read(2)
    store.flush.freeze()
    left = len(store.raw(1, 0, 8_000_000).ts)
    while (frozen := store.database.frozen) is not None and 1 in frozen.series:
        store.flush.step(0.0)
        assert (read(1), read(2)) == told
        now_left = len(frozen.series[1].ts) if 1 in frozen.series else 0
        assert left - now_left <= 70
        left = now_left
    store.flush.move_all()
    assert (read(1), read(2)) == told
    assert store.database.db.execute("SELECT sum(n) FROM chunk WHERE series = 1").fetchone() == (1_029,)


def test_the_few_readings_of_a_small_site_are_moved_after_some_minutes(store: SqliteStore) -> None:
    seconds = [0.0]
    flush = Flush(store.database, lambda: seconds[0])
    committed(store, 1, range(1, 2))
    seconds[0] = flush_module.FREEZE_SECONDS - 1
    assert not flush.due
    seconds[0] = flush_module.FREEZE_SECONDS
    assert flush.due
    flush.move_all()
    assert not flush.due
    assert store.database.db.execute("SELECT n FROM chunk").fetchall() == [(1,)]
    assert store.database.db.execute("SELECT count(*) FROM log").fetchone() == (0,)


def test_a_commit_waits_for_the_disk(store: SqliteStore) -> None:
    """What that is good for when the power is cut: tests/faults/test_power_cut.py."""
    assert store.database.db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store.database.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_of_a_thousand_refused_readings_no_more_are_written_than_are_kept(store: SqliteStore) -> None:
    """Each has the whole body, of up to 256 KB."""
    batch = store.stage()
    batch.quarantine += [QuarantineEntry(":d0", 5, "bad_value", place, "", b"{}") for place in range(1_000)]
    before = store.database.db.total_changes
    store.commit(batch)
    assert store.database.db.total_changes - before <= QUARANTINE_ROWS + 1
    assert [row.position for row in store.quarantined(":d0", 1 << 62, 2)] == [999, 998]


@pytest.mark.parametrize("loss", ["DELETE FROM meta", "INSERT INTO log(id, n, rows) VALUES(1, 2, x'02000000ff')"])
def test_rows_that_are_not_what_was_written_are_damage_too(tmp_path: Path, loss: str) -> None:
    store = SqliteStore(tmp_path / "readings.db")
    store.open()
    store.database.db.execute(loss)
    store.close()
    with pytest.raises(StoreBroken, match="damaged"):
        SqliteStore(tmp_path / "readings.db").open()


def test_a_late_reading_costs_no_look_at_all_that_lies_between_it_and_now(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = TIERS[-1].width_ms
    committed(store, 1, range(day, 21 * day, 600_000), 20.0)
    store.flush.move_all()
    committed(store, 1, range(day + 1_000, day + 1_001), 30.0)
    committed(store, 1, range(21 * day, 21 * day + 1), 30.0)
    asked: list[int] = []
    raw = store.history.raw

    def noted(series: int, start: int, end: int) -> Columns:
        asked.append(end - start)
        return raw(series, start, end)

    monkeypatch.setattr(store.history, "raw", noted)
    days = {bucket.start // day: bucket.max for bucket in store.buckets(1, TIERS[-1], day, 21 * day)}
    assert (days[1], days[2], days[21]) == (30.0, 20.0, 30.0)
    assert sum(asked) < day


def test_a_month_in_memory_is_read_by_few_statements_and_equals_the_stored_one(store: SqliteStore) -> None:
    hour, half = TIERS[-2], TIERS[-2].width_ms // 2
    times = range(0, 31 * 24 * hour.width_ms, half)
    committed(store, 1, times, 20.0)
    store.flush.move_all()
    committed(store, 1, range(times.start + 60_000, times.stop, 2 * hour.width_ms), 30.0)  # into every second hour
    committed(store, 2, times, 20.0)
    statements: list[str] = []
    with store.database.pool.lend() as db:
        db.set_trace_callback(statements.append)
    in_memory = {series: store.buckets(series, hour, times.start, times.stop) for series in (1, 2)}
    assert [(bucket.n, bucket.max) for bucket in in_memory[1][:3]] == [(3, 30.0), (2, 20.0), (3, 30.0)]
    assert 0 < len([text for text in statements if "series=2" in text]) < 10
    store.flush.move_all()
    assert {series: store.buckets(series, hour, times.start, times.stop) for series in (1, 2)} == in_memory


def test_a_damaged_database_says_so_and_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "readings.db"
    path.write_bytes(b"this is no database, and never was one" * 100)
    with pytest.raises(StoreBroken, match="damaged"):
        SqliteStore(path).open()


def test_a_full_disk_is_told_apart_from_damage(store: SqliteStore) -> None:
    committed(store, 1, range(1, 100))
    pages = store.database.db.execute("PRAGMA page_count").fetchone()[0]
    store.database.db.execute(f"PRAGMA max_page_count={pages}")
    batch = store.stage()
    for ts in range(100, 20_000):
        batch.add(1, ts, 1.0)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        store.commit(batch)
    assert len(store.raw(1, 0, 1 << 40).ts) == 99
    store.database.db.execute("PRAGMA max_page_count=1000000")
    store.commit(batch)
    assert len(store.raw(1, 0, 1 << 40).ts) == 19_999


def test_storage_is_below_26_bytes_a_reading(store: SqliteStore) -> None:
    flush = store.flush
    batch = store.stage()
    for step in range(2_000):
        for series in range(1, 51):
            batch.add(series, 1_763_900_000_000 + step * 5_000, 20 + (step * series % 1_400) / 100)
    store.commit(batch)
    flush.move_all()
    store.database.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = store.database.db.execute("SELECT sum(length(data)) FROM chunk").fetchone()[0]
    assert data / 100_000 < 8


def test_a_buffer_that_comes_late_asks_for_each_chunk_and_each_gap_once(store: SqliteStore) -> None:
    committed(store, 1, range(10_000, 11_000))
    committed(store, 1, range(30_000, 31_000))
    store.flush.move_all()
    asked: list[str] = []
    store.database.db.set_trace_callback(asked.append)
    batch = store.stage()
    late = [*range(5_000, 5_500), *range(10_000, 11_000), *range(20_000, 20_500)]
    verdicts = [batch.add(1, ts, 1.0) for ts in late]
    store.database.db.set_trace_callback(None)
    assert [verdict.name for verdict in verdicts] == ["NEW"] * 500 + ["DUPLICATE"] * 1_000 + ["NEW"] * 500
    assert len(asked) <= 8


def test_what_is_known_of_a_gap_ends_when_the_gap_is_filled(store: SqliteStore) -> None:
    committed(store, 1, range(10_000, 10_100))
    store.flush.move_all()
    for _ in range(2):
        committed(store, 1, range(5_000, 5_100))
        store.flush.move_all()
    batch = store.stage()
    assert batch.add(1, 5_050, 1.0).name == "DUPLICATE"
    assert batch.add(1, 5_200, 1.0).name == "NEW"
