from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from belvedere.readings.store.batch import OutboxRow, QuarantineEntry, Verdict
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.port import StoreBroken, StoreUnavailable
from belvedere.readings.store.sqlite import flush as flush_module
from belvedere.readings.store.sqlite.flush import Flush
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.tiers import MINUTE, TIERS, of_readings

SERIES = st.integers(1, 3)
# A day in steps of 7 s, or a few seconds: buckets of every tier are hit, times repeat and come late.
TS = st.one_of(st.integers(0, 12_000), st.integers(0, 5)).map(lambda step: 1_763_900_000_000 + step * 7_000)
VALUE = st.sampled_from([0.0, 1.0, 21.5, -18.25, 35.0000001])


def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    store.open()
    return store


class StoreAgainstAModel(RuleBasedStateMachine):
    """Batches, flushes and restarts in any order: the store holds what a dictionary holds."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.path = Path(tempfile.mkdtemp()) / "readings.db"
        self.store = opened(self.path)
        self.flush = Flush(self.store)
        self.model: dict[tuple[int, int], float] = {}

    @rule(rows=st.lists(st.tuples(SERIES, TS, VALUE), max_size=60))
    def commit(self, rows: list[tuple[int, int, float]]) -> None:
        batch = self.store.stage()
        for series, ts, value in rows:
            verdict = batch.add(series, ts, value)
            place = ts
            while self.model.get((series, place), value) != value:
                place += 1
            if (series, place) in self.model:
                assert verdict is Verdict.DUPLICATE
            else:
                assert verdict is (Verdict.NEW if place == ts else Verdict.ADJUSTED)
            self.model[series, place] = value
        self.store.commit(batch)

    @precondition(lambda self: self.store.active.rows or self.store.frozen)
    @rule()
    def flush_a_little(self) -> None:
        self.flush.step(0.0)

    @rule()
    def flush_all(self) -> None:
        self.flush.all()

    @rule()
    def kill_and_start(self) -> None:
        self.store.close()
        self.store = opened(self.path)
        self.flush = Flush(self.store)

    @invariant()
    def everything_is_there_once(self) -> None:
        for series in (1, 2, 3):
            expected = sorted((ts, value) for (owner, ts), value in self.model.items() if owner == series)
            columns = self.store.raw(series, 0, 1 << 50)
            assert list(zip(columns.ts, columns.values, strict=True)) == expected
            if expected:
                assert self.store.heads[series] == expected[-1][0]
                assert self.store.present[series][1] == expected[-1][1]
            paged = [ts for page in self.store.pages(series, 0, 1 << 50) for ts in page.ts]
            assert paged == [ts for ts, _ in expected]

    @invariant()
    def every_tier_says_what_the_readings_say(self) -> None:
        for tier in TIERS:
            columns = self.store.raw(1, 0, 1 << 50)
            expected = of_readings(columns, tier.width_ms)
            got = self.store.buckets(1, tier, 0, 1 << 50)
            assert [bucket._replace(sum=0) for bucket in got] == [bucket._replace(sum=0) for bucket in expected]
            assert [bucket.sum for bucket in got] == pytest.approx([bucket.sum for bucket in expected])

    def teardown(self) -> None:
        self.store.close()


TestStoreAgainstAModel = StoreAgainstAModel.TestCase
TestStoreAgainstAModel.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return opened(tmp_path / "readings.db")


def committed(store: SqliteStore, series: int, times: range, value: float = 1.0) -> None:
    batch = store.stage()
    for ts in times:
        batch.add(series, ts, value)
    store.commit(batch)


def test_states_outbox_and_quarantine_are_durable_with_the_readings(store: SqliteStore) -> None:
    batch = store.stage()
    batch.add(1, 1_000, 36.0)
    batch.states[7, 1] = b"open"
    batch.outbox.append(OutboxRow(1, 7, 1, 1, 1_000, "opened", 36.0))
    batch.quarantine.append(QuarantineEntry("d0", 5, "bad_json", 0, "", b"{"))
    store.commit(batch)
    again = opened(store.path)
    assert again.rule_states() == [(7, 1, b"open")]
    assert [row.kind for row in again.outbox_after(0, 10)] == ["opened"]
    assert again.refused_counts("d0") == {"bad_json": 1}
    assert again.quarantined("d0", 1 << 60, 10)[0].body == b"{"
    assert again.store_id == store.store_id


def test_a_trimmed_outbox_does_not_reuse_its_numbers(store: SqliteStore) -> None:
    entry = OutboxRow(1, 7, 1, 1, 1_000, "opened", 36.0)
    for _ in range(2):
        batch = store.stage()
        batch.outbox.append(entry)
        store.commit(batch)
        store.outbox_trim(store.outbox_after(0, 10)[-1].id)
    committed(store, 1, range(1, 2))
    assert store.outbox_after(0, 10) == []
    batch = store.stage()
    batch.outbox.append(entry)
    store.commit(batch)
    assert [row.id for row in store.outbox_after(0, 10)] == [3]


def test_the_history_of_a_minute_includes_what_was_committed_a_moment_ago(store: SqliteStore) -> None:
    committed(store, 1, range(60_000, 90_000, 5_000), 20.0)
    Flush(store).all()
    committed(store, 1, range(90_000, 120_000, 5_000), 30.0)
    bucket = store.buckets(1, MINUTE, 60_000, 119_999)
    assert [(b.n, b.min, b.max) for b in bucket] == [(12, 20.0, 30.0)]


def test_a_move_becomes_more_urgent_the_more_has_come_since_it_began(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush_module, "FREEZE_ROWS", 100)
    flush = Flush(store)
    committed(store, 1, range(1, 151))
    assert flush.due
    flush.freeze()
    assert flush.urgency == 1.0
    committed(store, 1, range(1_000, 1_300))
    assert flush.urgency == 3.0
    flush.all()
    assert flush.urgency == 1.0


def test_the_few_readings_of_a_small_site_are_moved_after_some_minutes(store: SqliteStore) -> None:
    seconds = [0.0]
    flush = Flush(store, lambda: seconds[0])
    committed(store, 1, range(1, 2))
    seconds[0] = flush_module.FREEZE_SECONDS - 1
    assert not flush.due
    seconds[0] = flush_module.FREEZE_SECONDS
    assert flush.due
    flush.all()
    assert not flush.due
    assert store.db.execute("SELECT n FROM chunk").fetchall() == [(1,)]
    assert store.db.execute("SELECT count(*) FROM log").fetchone() == (0,)


def test_a_commit_waits_for_the_disk(store: SqliteStore) -> None:
    """What that is good for when the power is cut: tests/faults/test_power_cut.py."""
    assert store.db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("loss", ["DELETE FROM meta", "INSERT INTO log(id, n, rows) VALUES(1, 2, x'02000000ff')"])
def test_rows_that_are_not_what_was_written_are_damage_too(tmp_path: Path, loss: str) -> None:
    store = SqliteStore(tmp_path / "readings.db")
    store.open()
    store.db.execute(loss)
    store.close()
    with pytest.raises(StoreBroken, match="damaged"):
        SqliteStore(tmp_path / "readings.db").open()


def test_a_late_reading_costs_no_look_at_all_that_lies_between_it_and_now(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = TIERS[-1].width_ms
    committed(store, 1, range(day, 21 * day, 600_000), 20.0)
    Flush(store).all()
    committed(store, 1, range(day + 1_000, day + 1_001), 30.0)
    committed(store, 1, range(21 * day, 21 * day + 1), 30.0)
    asked: list[int] = []
    raw = store.raw

    def noted(series: int, start: int, end: int) -> Columns:
        asked.append(end - start)
        return raw(series, start, end)

    monkeypatch.setattr(store, "raw", noted)
    days = {bucket.start // day: bucket.max for bucket in store.buckets(1, TIERS[-1], day, 21 * day)}
    assert (days[1], days[2], days[21]) == (30.0, 20.0, 30.0)
    assert sum(asked) < day


def test_a_damaged_database_says_so_and_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "readings.db"
    path.write_bytes(b"this is no database, and never was one" * 100)
    with pytest.raises(StoreBroken, match="damaged"):
        SqliteStore(path).open()


def test_a_full_disk_is_told_apart_from_damage(store: SqliteStore) -> None:
    committed(store, 1, range(1, 100))
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count={pages}")
    batch = store.stage()
    for ts in range(100, 20_000):
        batch.add(1, ts, 1.0)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        store.commit(batch)
    assert len(store.raw(1, 0, 1 << 40).ts) == 99
    store.db.execute("PRAGMA max_page_count=1000000")
    store.commit(batch)
    assert len(store.raw(1, 0, 1 << 40).ts) == 19_999


def test_storage_is_below_26_bytes_a_reading(store: SqliteStore) -> None:
    flush = Flush(store)
    batch = store.stage()
    for step in range(2_000):
        for series in range(1, 51):
            batch.add(series, 1_763_900_000_000 + step * 5_000, 20 + (step * series % 1_400) / 100)
    store.commit(batch)
    flush.all()
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = store.db.execute("SELECT sum(length(data)) FROM chunk").fetchone()[0]
    assert data / 100_000 < 8
