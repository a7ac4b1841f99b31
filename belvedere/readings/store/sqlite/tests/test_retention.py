from collections.abc import Set
from pathlib import Path

from structlog.testing import capture_logs

from belvedere.domain.clock import Seen, ServerClock
from belvedere.domain.tests.times import NOW, Times
from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.retention import DAY_MS, RUN_SECONDS, STEP_SECONDS, Retention
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.store.sqlite.tests.forgetting import BUDGET_SECONDS
from belvedere.readings.tiers import HOUR


def filled(path: Path, days: int) -> SqliteStore:
    store = SqliteStore(path)
    store.open()
    batch = store.stage()
    for hour in range(days * 24):
        batch.add(1, NOW - hour * 3_600_000 - 1, 1.0)
    store.commit(batch)
    store.flush.move_all()
    return store


def over(
    store: SqliteStore,
    times: Times,
    keep: dict[int, Keep],
    clock: ServerClock | None = None,
    deleted: Set[int] = frozenset(),
) -> Retention:
    return Retention(
        store.database, lambda: keep, lambda: deleted, clock or times.clock(), lambda: times.monotonic / 1000
    )


def run(retention: Retention, times: Times) -> None:
    for _ in range(20):
        times.pass_by(STEP_SECONDS * 1000)
        retention.step(BUDGET_SECONDS)


def test_a_series_that_is_only_unknown_keeps_every_reading_and_is_told(tmp_path: Path) -> None:
    store, times = filled(tmp_path / "readings.db", 40), Times()
    retention = over(store, times, {}, deleted={2})
    with capture_logs() as logs:
        run(retention, times)
        times.pass_by(RUN_SECONDS * 1000)
        run(retention, times)
    assert retention.unknown == {1}
    assert [entry["series"] for entry in logs if entry["event"] == "unknown_series_kept"] == [[1]]
    assert len(store.raw(1, 0, NOW).ts) == 40 * 24
    assert sum(bucket.n for bucket in store.buckets(1, HOUR, 0, NOW)) == 40 * 24


def test_a_series_that_the_registry_knows_again_is_no_longer_told(tmp_path: Path) -> None:
    store, times = filled(tmp_path / "readings.db", 10), Times()
    keep: dict[int, Keep] = {}
    retention = over(store, times, keep)
    run(retention, times)
    assert retention.unknown == {1}
    keep[1] = Keep(30, 366)
    times.pass_by(RUN_SECONDS * 1000)
    run(retention, times)
    assert retention.unknown == frozenset()


def test_one_start_with_a_wrong_date_deletes_nothing(tmp_path: Path) -> None:
    store, times = filled(tmp_path / "readings.db", 10), Times(NOW + 400 * DAY_MS)
    clock = times.clock()
    clock.begin(Seen(NOW))
    retention = over(store, times, {1: Keep(30, 366)}, clock)
    run(retention, times)
    times.wall -= 400 * DAY_MS
    run(retention, times)
    assert not retention.paused
    assert len(store.raw(1, 0, NOW).ts) == 240


def test_what_was_planned_before_a_doubt_is_not_done_in_it(tmp_path: Path) -> None:
    store, times = filled(tmp_path / "readings.db", 60), Times()
    retention = over(store, times, {1: Keep(30, 366)})
    times.pass_by(STEP_SECONDS * 1000)
    retention.step(BUDGET_SECONDS)
    times.wall -= DAY_MS
    run(retention, times)
    assert len(store.raw(1, 0, NOW).ts) == 60 * 24
