from pathlib import Path

from belvedere.readings.retention import DAY_MS, STEP_SECONDS, Keep, Retention
from belvedere.readings.store.flush import Flush
from belvedere.readings.store.sqlite import SqliteStore
from belvedere.readings.tiers import HOUR

NOW = 1_763_900_000_000


class Clocks:
    """A wall clock and a monotonic one, moved by hand."""

    def __init__(self) -> None:
        self.wall = NOW
        self.monotonic = 0.0

    def sleep(self, seconds: float) -> None:
        self.wall += int(seconds * 1000)
        self.monotonic += seconds


def filled(path: Path, days: int) -> SqliteStore:
    store = SqliteStore(path)
    store.open()
    batch = store.stage()
    for hour in range(days * 24):
        batch.add(1, NOW - hour * 3_600_000 - 1, 1.0)
    store.commit(batch)
    Flush(store).all()
    return store


def run(retention: Retention, clocks: Clocks) -> None:
    for _ in range(20):
        clocks.sleep(STEP_SECONDS)
        retention.step()


def test_raw_goes_after_its_days_and_the_tiers_stay(tmp_path: Path) -> None:
    store, clocks = filled(tmp_path / "readings.db", 60), Clocks()
    run(Retention(store, lambda: {1: Keep(30, 366)}, lambda: clocks.wall, lambda: clocks.monotonic), clocks)
    oldest = store.raw(1, 0, NOW).ts[0]
    # A chunk goes when its last reading is too old, so up to one chunk more than asked is kept.
    assert oldest >= NOW - 60 * DAY_MS
    assert sum(bucket.n for bucket in store.buckets(1, HOUR, 0, NOW)) == 60 * 24


def test_a_deleted_series_leaves_nothing(tmp_path: Path) -> None:
    store, clocks = filled(tmp_path / "readings.db", 10), Clocks()
    run(Retention(store, dict, lambda: clocks.wall, lambda: clocks.monotonic), clocks)
    assert len(store.raw(1, 0, NOW).ts) == 0
    assert store.buckets(1, HOUR, 0, NOW) == []


def test_a_clock_that_jumps_deletes_nothing_until_it_is_back_or_confirmed_by_a_restart(tmp_path: Path) -> None:
    store, clocks = filled(tmp_path / "readings.db", 10), Clocks()
    retention = Retention(store, lambda: {1: Keep(30, 366)}, lambda: clocks.wall, lambda: clocks.monotonic)
    clocks.wall += 400 * DAY_MS
    run(retention, clocks)
    assert retention.paused is not None
    assert "jumped" in retention.paused
    assert len(store.raw(1, 0, NOW).ts) == 240
    clocks.wall -= 400 * DAY_MS
    run(retention, clocks)
    assert retention.paused is None
    assert len(store.raw(1, 0, NOW).ts) == 240
    clocks.wall += 400 * DAY_MS
    run(Retention(store, lambda: {1: Keep(30, 366)}, lambda: clocks.wall, lambda: clocks.monotonic), clocks)
    assert len(store.raw(1, 0, NOW).ts) == 0
