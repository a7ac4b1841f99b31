"""What is known of readings that are past their retention: their buckets, exactly, and that they were there."""

import shutil
import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from belvedere.readings.store.batch import Verdict
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.port import Keep, StoreUnavailable
from belvedere.readings.store.sqlite import schema
from belvedere.readings.store.sqlite.flush import Flush
from belvedere.readings.store.sqlite.retention import DAY_MS
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.store.sqlite.tests.forgetting import forget
from belvedere.readings.tiers import DAY, MINUTE, TIERS

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
    batch = store.stage()
    verdicts = [batch.add(series, ts, value) for ts, value in rows]
    store.commit(batch)
    Flush(store).all()
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


class ForgettingAgainstAModel(RuleBasedStateMachine):
    """Batches, moves, restarts and deletions in any order: every reading is counted once, and known as a copy."""

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(tempfile.mkdtemp()) / "readings.db"
        self.store = opened(self.path)
        self.flush = Flush(self.store)
        self.model: dict[tuple[int, int], float] = {}
        self.gone_before = {1: 0, 2: 0}

    @rule(
        rows=st.lists(
            st.tuples(st.integers(1, 2), st.integers(0, 4_000), st.sampled_from([0.0, 21.5, -18.25])), max_size=40
        )
    )
    def commit(self, rows: list[tuple[int, int, float]]) -> None:
        batch = self.store.stage()
        for series, step, value in rows:
            ts = NOON + step * 7_000
            known = self.model.get((series, ts))
            if known is not None and known != value:
                continue
            assert batch.add(series, ts, value) is (Verdict.NEW if known is None else Verdict.DUPLICATE)
            self.model[series, ts] = value
        self.store.commit(batch)

    @precondition(lambda self: self.store.active.rows or self.store.frozen)
    @rule()
    def flush_a_little(self) -> None:
        self.flush.step(0.0)

    @precondition(lambda self: self.store.frozen is None)
    @rule(step=st.integers(0, 4_000), series=st.integers(1, 2), offset=st.integers(0, 60_000))
    def forget_readings(self, step: int, series: int, offset: int) -> None:
        before = NOON + step * 7_000 + offset
        self.gone_before[series] = max(self.gone_before[series], before)
        forget(self.store, before, {1: Keep(999, 9_999), 2: Keep(999, 9_999), series: Keep(0, 9_999)}, steps=20)

    @rule()
    def kill_and_start(self) -> None:
        self.store.close()
        self.store = opened(self.path)
        self.flush = Flush(self.store)

    @rule()
    def every_reading_is_counted_once(self) -> None:
        self.flush.all()
        for series in (1, 2):
            rows = sorted((ts, value) for (owner, ts), value in self.model.items() if owner == series)
            kept = self.store.raw(series, 0, 1 << 50)
            assert set(zip(kept.ts, kept.values, strict=True)) <= set(rows)
            assert [ts for ts, _ in rows if ts >= self.gone_before[series]] == [
                ts for ts in kept.ts if ts >= self.gone_before[series]
            ]
            for tier in TIERS:
                expected: dict[int, list[float]] = {}
                for ts, value in rows:
                    expected.setdefault(ts - ts % tier.width_ms, []).append(value)
                got = self.store.buckets(series, tier, 0, 1 << 50)
                assert [(b.start, b.n, b.min, b.max) for b in got] == [
                    (start, len(values), min(values), max(values)) for start, values in expected.items()
                ]
                assert [b.sum for b in got] == pytest.approx([sum(values) for values in expected.values()])

    def teardown(self) -> None:
        self.every_reading_is_counted_once()
        self.store.close()


TestForgettingAgainstAModel = ForgettingAgainstAModel.TestCase
TestForgettingAgainstAModel.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


def test_a_late_reading_joins_the_minute_in_which_readings_begin_to_be_gone(store: SqliteStore) -> None:
    add(store, around_noon())
    forget(store, LATER + 30_000, MONTH)
    late = [(NOON - 3_600_000, 5.0), (NOON - 59_000, 5.0), (NOON + 1_000, 30.0), (NOON + 31_000, 30.0)]
    assert add(store, late) == [Verdict.NEW] * 4
    found = {bucket.start: bucket for bucket in store.buckets(1, MINUTE, 0, 1 << 50)}
    assert found[NOON - 3_600_000][1:4] == (1, 5.0, 5.0)
    assert found[NOON - 60_000][1:4] == (13, 5.0, 20.0)
    assert found[NOON][1:4] == (14, 20.0, 30.0)
    assert counts(store) == [244] * 4


def test_each_series_is_sealed_where_its_own_readings_are_gone(store: SqliteStore) -> None:
    keep = {1: Keep(30, 366), 2: Keep(60, 366)}
    for series in keep:
        add(store, around_noon(), series)
    forget(store, LATER + 300_000, keep)
    for series in keep:
        assert add(store, [(NOON + 1_000, 30.0)], series) == [Verdict.NEW]
        minute = store.buckets(series, MINUTE, NOON, NOON)[0]
        assert (minute.n, minute.max, minute.sum) == (13, 30.0, 270.0)
    assert len(store.raw(2, 0, 1 << 50).ts) == 241


def test_a_body_sent_again_when_its_readings_are_gone_is_a_copy(store: SqliteStore) -> None:
    add(store, around_noon())
    forget(store, LATER + 300_000, MONTH)
    assert set(add(store, around_noon())) == {Verdict.DUPLICATE}
    assert set(add(store, around_noon(value=21.0))) >= {Verdict.DUPLICATE}
    assert counts(store)[0] == 240 + sum(ts >= NOON + 300_000 for ts, _ in around_noon())


def test_what_is_gone_stays_known_over_a_restart_and_when_retention_is_made_longer(store: SqliteStore) -> None:
    add(store, around_noon())
    forget(store, LATER + 30_000, MONTH)
    store.close()
    again = opened(store.path)
    forget(again, LATER + 30_000, {1: Keep(366, 366)})
    assert set(add(again, around_noon())) == {Verdict.DUPLICATE}
    add(again, [(NOON + 1_000, 30.0), (NOON - 59_000, 30.0)])
    assert counts(again) == [242] * 4
    assert again.buckets(1, MINUTE, NOON, NOON)[0].n == 13
    again.close()


def test_a_late_reading_is_forgotten_at_the_next_run_and_counted_once_however_often_it_comes(
    store: SqliteStore,
) -> None:
    add(store, around_noon())
    forget(store, LATER, MONTH)
    late = [(NOON - 59_000, 30.0)]
    for _ in range(3):
        add(store, late)
        forget(store, LATER, MONTH)
    assert store.raw(1, 0, 1 << 50).ts[0] == NOON
    assert counts(store) == [241] * 4


def test_a_reading_in_memory_while_its_neighbours_are_moved_and_forgotten_is_counted_once(store: SqliteStore) -> None:
    flush = Flush(store)
    for ts in (NOON, NOON + 1_000):
        batch = store.stage()
        batch.add(1, ts, 20.0)
        store.commit(batch)
        if store.frozen is None:
            flush.freeze()
    while store.frozen is not None:
        flush.step(1.0)
    forget(store, LATER + 300_000, MONTH)
    flush.all()
    assert counts(store) == [2] * 4


def test_a_kill_at_any_step_of_moving_and_forgetting_counts_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    """The far test of the same is tests/faults/test_kill.py."""
    path = tmp_path / "readings.db"
    store = opened(path)
    add(store, around_noon())
    flush = Flush(store)
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
    while store.frozen is not None:
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
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count={pages + 20}")
    flush = Flush(store)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        flush.all()
    store.db.execute("PRAGMA max_page_count=1000000")
    flush.all()
    assert store.db.execute("SELECT count(*), sum(n) FROM chunk").fetchone() == (199, 199 * 200)
    assert store.db.execute("SELECT count(*) FROM log").fetchone() == (0,)


def test_the_log_stays_until_all_it_holds_stands_in_chunks(store: SqliteStore) -> None:
    for n in range(5):
        batch = store.stage()
        for series in (1, 2, 3):
            batch.add(series, NOON + n, 1.0)
        store.commit(batch)
    flush = Flush(store)
    while store.active.rows or store.frozen is not None:
        in_chunks = store.db.execute("SELECT coalesce(sum(n), 0) FROM chunk").fetchone()[0]
        in_log = store.db.execute("SELECT coalesce(sum(n), 0) FROM log").fetchone()[0]
        assert 15 in (in_log, in_chunks)
        flush.step(1e-9)


def test_a_store_of_version_1_is_upgraded_in_place_and_counts_no_copy_of_what_it_had_deleted(tmp_path: Path) -> None:
    path = tmp_path / "readings.db"
    old = opened(path)
    add(old, around_noon())
    add(old, around_noon(), series=2)
    old.db.execute("DELETE FROM chunk WHERE series=1")
    after = [row for row in around_noon() if row[0] >= NOON]
    old.chunks.write(old.db, 1, as_columns(after))
    old.db.execute("DROP TABLE times")
    old.db.execute("DROP TABLE horizon")
    old.db.execute("PRAGMA user_version=1")
    old.close()
    new = opened(path)
    assert set(add(new, around_noon())) == {Verdict.DUPLICATE}
    assert add(new, [(NOON - 3_600_000, 1.0), (NOON + 1_000, 1.0)]) == [Verdict.NEW] * 2
    assert counts(new) == [242] * 4
    assert new.horizons.keys() == {1}
    assert new.db.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA_VERSION,)
    new.close()
    again = opened(path)
    assert counts(again) == [242] * 4
    again.close()


def test_a_forgotten_reading_takes_less_than_two_bytes(store: SqliteStore) -> None:
    rows = [(NOON - (8_192 - n) * 5_000 + n * 7_919 % 100, n / 7) for n in range(8_192)]
    add(store, rows)
    forget(store, LATER, MONTH)
    size, n = store.db.execute("SELECT sum(length(data)), sum(n) FROM times").fetchone()
    assert n == 8_192
    assert size / n < 2
