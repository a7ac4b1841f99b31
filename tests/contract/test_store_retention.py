"""What every store keeps to when readings are past their retention: what goes, what stays, and what is still known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from belvedere.domain.tests.times import Times
from belvedere.readings.store.batch import Verdict
from belvedere.readings.store.port import Keep
from belvedere.readings.tiers import DAY, HOUR, MINUTE, TIERS
from tests.contract.cluster_stores import ClusterSubject, needs_servers
from tests.contract.conftest import Again
from tests.contract.machine import StoreMachine, try_cluster, try_sqlite
from tests.contract.rows import commit_rows
from tests.contract.stores import EVER, SqliteSubject
from tests.contract.subject import Subject

NOON = 1_763_900_000_000 - 1_763_900_000_000 % DAY.width_ms + DAY.width_ms // 2
NOW = NOON + 12_345
DAY_MS = DAY.width_ms
LONG = Keep(999, 9_999)
MONTH = {series: Keep(30, 366) for series in (1, 2, 3)}
LATER = NOON + 30 * DAY_MS  # what stands before NOON is 30 days old then


class RetentionAgainstAModel(StoreMachine):
    """Batches, moves, restarts, kills and deletions in any order: each reading is counted once, and known as a copy."""

    def __init__(self) -> None:
        super().__init__()
        self.gone_before = {1: 0, 2: 0}

    @rule(
        rows=st.lists(
            st.tuples(st.integers(1, 2), st.integers(0, 4_000), st.sampled_from([0.0, 21.5, -18.25])), max_size=40
        )
    )
    def commit(self, rows: list[tuple[int, int, float]]) -> None:
        batch = self.subject.store.stage()
        for series, step, value in rows:
            ts = NOON + step * 7_000
            known = self.model.get((series, ts))
            if known is not None and known != value:
                continue
            assert batch.add(series, ts, value) is (Verdict.NEW if known is None else Verdict.DUPLICATE)
            self.model[series, ts] = value
        self.subject.store.commit(batch)

    @rule(step=st.integers(0, 4_000), series=st.integers(1, 2), offset=st.integers(0, 60_000))
    def forget_readings(self, step: int, series: int, offset: int) -> None:
        before = NOON + step * 7_000 + offset
        self.gone_before[series] = max(self.gone_before[series], before)
        self.subject.maintain(before, {1: LONG, 2: LONG, series: Keep(0, 9_999)})

    @rule()
    def every_reading_is_counted_once(self) -> None:
        self.subject.move_all()
        for series in (1, 2):
            rows = sorted((ts, value) for (owner, ts), value in self.model.items() if owner == series)
            kept = self.subject.store.raw(series, 0, EVER)
            assert set(zip(kept.ts, kept.values, strict=True)) <= set(rows)
            assert [ts for ts, _ in rows if ts >= self.gone_before[series]] == [
                ts for ts in kept.ts if ts >= self.gone_before[series]
            ]
            for tier in TIERS:
                expected: dict[int, list[float]] = {}
                for ts, value in rows:
                    expected.setdefault(ts - ts % tier.width_ms, []).append(value)
                got = self.subject.store.buckets(series, tier, 0, EVER)
                assert [(b.start, b.n, b.min, b.max) for b in got] == [
                    (start, len(values), min(values), max(values)) for start, values in expected.items()
                ]
                assert [b.sum for b in got] == pytest.approx([sum(values) for values in expected.values()])

    def teardown(self) -> None:
        self.every_reading_is_counted_once()
        super().teardown()


TestSqliteRetentionAgainstAModel = try_sqlite(RetentionAgainstAModel)
TestClusterRetentionAgainstAModel = pytest.mark.cluster(try_cluster(RetentionAgainstAModel))


# `make test` tries the cluster's store against the model, `make live` also by these, each with a month on two servers.
@pytest.fixture(params=[SqliteSubject, pytest.param(ClusterSubject, marks=[pytest.mark.cluster, needs_servers])])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    """Each store there is."""
    made: Subject = request.param(tmp_path)
    yield made
    made.end()


def fill(subject: Subject, rows: list[tuple[int, float]], series: int = 1) -> list[Verdict]:
    """Commit the rows and bring them to where they last."""
    verdicts = commit_rows(subject.store, rows, series)
    subject.move_all()
    return verdicts


def hourly(days: int) -> list[tuple[int, float]]:
    return [(NOW - hour * HOUR.width_ms, 1.0) for hour in reversed(range(days * 24))]


def around_noon(minutes: int = 10, value: float = 20.0) -> list[tuple[int, float]]:
    """A reading every 5 s, from before NOON to after it."""
    first = NOON - minutes * MINUTE.width_ms
    return [(ts, value) for ts in range(first, NOON + minutes * MINUTE.width_ms, 5_000)]


def raw(subject: Subject, series: int = 1) -> list[int]:
    return subject.store.raw(series, 0, EVER).ts.tolist()


def counts(subject: Subject, series: int = 1) -> list[int]:
    """How many readings each tier counts."""
    return [sum(bucket.n for bucket in subject.store.buckets(series, tier, 0, EVER)) for tier in TIERS]


def starts(subject: Subject) -> dict[str, list[int]]:
    return {tier.name: [bucket.start for bucket in subject.store.buckets(1, tier, 0, EVER)] for tier in TIERS}


# --- what goes ------------------------------------------------------------------------------------


def test_readings_are_kept_for_their_days_and_not_a_millisecond_longer_and_the_tiers_stay(subject: Subject) -> None:
    limit = NOW - 30 * DAY_MS
    fill(subject, sorted([*hourly(72), (limit - 1, 1.0), (limit + 1, 1.0)]))
    subject.maintain(NOW, {1: Keep(30, 366)})
    assert raw(subject) == [limit, limit + 1, *(ts for ts, _ in hourly(72) if ts > limit)]
    assert counts(subject) == [72 * 24 + 2] * 4


def test_a_bucket_of_any_tier_goes_when_all_of_it_is_too_old_and_not_before(subject: Subject) -> None:
    fill(subject, hourly(72))
    before = starts(subject)
    subject.maintain(NOW, {1: Keep(10, 50)})
    limit = NOW - 50 * DAY_MS
    for tier in TIERS:
        assert starts(subject)[tier.name] == [start for start in before[tier.name] if start + tier.width_ms > limit]
        assert len(starts(subject)[tier.name]) < len(before[tier.name])
    assert raw(subject) == [ts for ts, _ in hourly(72) if ts >= NOW - 10 * DAY_MS]


def test_each_series_is_kept_for_its_own_days(subject: Subject) -> None:
    for series in (1, 2):
        fill(subject, hourly(40), series)
    subject.maintain(NOW, {1: Keep(30, 366), 2: Keep(7, 366)})
    assert raw(subject, 1)[0] == NOW - 30 * DAY_MS
    assert raw(subject, 2)[0] == NOW - 7 * DAY_MS


def test_a_deleted_series_leaves_nothing_and_the_others_stay(subject: Subject, again: Again) -> None:
    for series in (1, 2):
        fill(subject, [*hourly(40), (NOW + 400 * DAY_MS, 1.0)], series)
    subject.maintain(NOW, {2: Keep(7, 366)}, deleted={1})
    again()
    assert (raw(subject, 1), counts(subject, 1)) == ([], [0] * 4)
    assert subject.store.present.keys() == {2}
    assert counts(subject, 2) == [40 * 24 + 1] * 4
    assert subject.store.remarks() == {}


def test_a_series_that_nobody_knows_keeps_every_reading_and_is_told_until_it_is_known(subject: Subject) -> None:
    fill(subject, hourly(40))
    subject.maintain(NOW + 400 * DAY_MS, {}, deleted={2})
    assert "1 series" in subject.store.remarks()["series"]
    assert (len(raw(subject)), counts(subject)) == (40 * 24, [40 * 24] * 4)
    subject.maintain(NOW, {1: LONG})
    assert subject.store.remarks() == {}


@pytest.mark.parametrize("step_days", [400, -400])
def test_a_clock_that_was_set_deletes_nothing_until_it_is_trusted(subject: Subject, step_days: int) -> None:
    fill(subject, hourly(10))
    times = Times(NOW)
    clock = times.clock()
    times.wall += step_days * DAY_MS
    subject.maintain(0, {1: Keep(9, 9)}, clock=clock)
    assert subject.store.retention_paused
    assert len(raw(subject)) == 240
    clock.confirm()
    subject.maintain(0, {1: Keep(9, 9)}, clock=clock)
    assert not subject.store.retention_paused
    assert (len(raw(subject)) < 240) is (step_days > 0)


# --- what is still known of it ----------------------------------------------------------------------


def test_a_late_reading_joins_the_minute_in_which_readings_begin_to_be_gone(subject: Subject) -> None:
    fill(subject, around_noon())
    subject.maintain(LATER + 30_000, MONTH)
    late = [(NOON - 3_600_000, 5.0), (NOON - 59_000, 5.0), (NOON + 1_000, 30.0), (NOON + 31_000, 30.0)]
    assert fill(subject, late) == [Verdict.NEW] * 4
    found = {bucket.start: bucket for bucket in subject.store.buckets(1, MINUTE, 0, EVER)}
    assert found[NOON - 3_600_000][1:4] == (1, 5.0, 5.0)
    assert found[NOON - 60_000][1:4] == (13, 5.0, 20.0)
    assert found[NOON][1:4] == (14, 20.0, 30.0)
    assert counts(subject) == [244] * 4


def test_each_series_is_sealed_where_its_own_readings_are_gone(subject: Subject) -> None:
    keep = {1: Keep(30, 366), 2: Keep(60, 366)}
    for series in keep:
        fill(subject, around_noon(), series)
    subject.maintain(LATER + 300_000, keep)
    for series in keep:
        assert fill(subject, [(NOON + 1_000, 30.0)], series) == [Verdict.NEW]
        minute = subject.store.buckets(series, MINUTE, NOON, NOON)[0]
        assert (minute.n, minute.max, minute.sum) == (13, 30.0, 270.0)
    assert len(raw(subject, 2)) == 241


def test_a_body_sent_again_when_its_readings_are_gone_is_a_copy(subject: Subject) -> None:
    fill(subject, around_noon())
    subject.maintain(LATER + 300_000, MONTH)
    assert set(fill(subject, around_noon())) == {Verdict.DUPLICATE}
    assert set(fill(subject, around_noon(value=21.0))) >= {Verdict.DUPLICATE}
    assert counts(subject)[0] == 240 + sum(ts >= NOON + 300_000 for ts, _ in around_noon())


def test_what_is_gone_stays_known_over_a_new_start_and_when_retention_is_made_longer(
    subject: Subject, again: Again
) -> None:
    fill(subject, around_noon())
    subject.maintain(LATER + 30_000, MONTH)
    again()
    subject.maintain(LATER + 30_000, {1: Keep(366, 366)})
    assert subject.store.horizon(1).raw_ms == NOON + 30_000
    assert set(fill(subject, around_noon())) == {Verdict.DUPLICATE}
    fill(subject, [(NOON + 1_000, 30.0), (NOON - 59_000, 30.0)])
    assert counts(subject) == [242] * 4
    assert subject.store.buckets(1, MINUTE, NOON, NOON)[0].n == 13


def test_a_late_reading_is_forgotten_at_the_next_run_and_counted_once_however_often_it_comes(
    subject: Subject,
) -> None:
    fill(subject, around_noon())
    subject.maintain(LATER, MONTH)
    late = [(NOON - 59_000, 30.0)]
    for _ in range(3):
        fill(subject, late)
        subject.maintain(LATER, MONTH)
    assert raw(subject)[0] == NOON
    assert counts(subject) == [241] * 4
