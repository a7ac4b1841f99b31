"""The figures against a plain loop over all readings that ever were, over a real store."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belvedere.readings.store.port import Keep
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.store.sqlite.tests.forgetting import forget
from belvedere.readings.summary.evidence import Band
from belvedere.readings.summary.figures import Figures
from belvedere.readings.summary.read import read_summary
from belvedere.readings.summary.tests.brute import count_by_hand
from belvedere.readings.tiers import DAY, HOUR, MINUTE

DAY_MS, HOUR_MS, MINUTE_MS = DAY.width_ms, HOUR.width_ms, MINUTE.width_ms
T0 = 20_400 * DAY_MS
SERIES = 1


class Story(NamedTuple):
    """What happens to a series, and what is asked of it. Times in ms after T0.

    late: how many of the readings come after all others. cut: up to when readings are deleted, None for never; the
    `belated` ones are from before that, and come after it.
    """

    readings: Mapping[int, float]
    late: int
    cut: int | None
    belated: int
    edges: tuple[int, ...]
    now: int
    hold: int
    band: Band
    unlisted: bool


@st.composite
def stories(draw: st.DrawFn) -> Story:
    steps = st.sampled_from([400, 5_000, 20_000, 20_000, 59_999, 60_000, 130_000, 400_000, HOUR_MS])
    values = st.sampled_from([-18.5, -18.0, 1.0, 2.0, 5.0, 8.0, 8.1, 9.5, 1e9 / 3])
    calm = st.sampled_from([5.0, 5.1, 9.5])
    ts = draw(st.integers(0, 2 * HOUR_MS))
    readings = {}
    for many, step, choice in draw(
        st.lists(st.tuples(st.integers(1, 60), steps, st.sampled_from([values, calm])), min_size=1, max_size=8)
    ):
        for _ in range(many):
            readings[ts] = draw(choice)
            ts += step
    end = max(ts, 1) + HOUR_MS
    begin, to = draw(st.integers(0, end // 2)), draw(st.integers(end // 4, end))
    begin, to = min(begin, to), max(begin, to)
    minutes = st.integers(begin // MINUTE_MS + 1, max(begin, to - 1) // MINUTE_MS + 1)
    days = sorted({m * MINUTE_MS for m in draw(st.lists(minutes, max_size=3))})
    return Story(
        readings,
        draw(st.integers(0, 5)),
        None if draw(st.integers(0, 3)) == 0 else draw(st.integers(end // 2, end)),
        draw(st.integers(0, 3)),
        (begin, *(day for day in days if begin < day < to), max(to, begin + 1)),
        draw(st.sampled_from([end, end, draw(st.integers(0, end))])),
        draw(st.sampled_from([1, 13_000, 39_000, 60_000, 375_000, 3 * HOUR_MS])),
        draw(st.sampled_from([Band(float("-inf"), 8.0), Band(2.0, float("inf")), Band(2.0, 8.0)])),
        draw(st.booleans()),
    )


def put(store: SqliteStore, readings: Mapping[int, float]) -> None:
    batch = store.stage()
    for ts, value in readings.items():
        batch.add(SERIES, T0 + ts, value)
    store.commit(batch)


def happen(store: SqliteStore, story: Story) -> None:
    """Store the readings in the story's order, and let retention run between."""
    order = list(story.readings)
    belated = [ts for ts in order[:: max(1, len(order) // 4)] if story.cut is not None and ts < story.cut]
    belated = belated[: story.belated]
    rest = [ts for ts in order if ts not in belated]
    at = len(rest) - story.late if story.late < len(rest) else 0
    put(store, {ts: story.readings[ts] for ts in rest[::2][:at]})
    store.flush.move_all()
    put(store, {ts: story.readings[ts] for ts in rest if ts not in rest[::2][:at]})
    if story.cut is None:
        return
    store.flush.move_all()
    forget(store, T0 + story.cut + 30 * DAY_MS, {SERIES: Keep(30, 366)}, steps=30)
    if belated:
        put(store, {ts: story.readings[ts] for ts in belated})
        store.flush.move_all()
    if story.unlisted:
        horizon = store.database.horizon(SERIES)
        store.database.horizons[SERIES] = horizon._replace(unlisted_ms=horizon.raw_ms)


def ask(store: SqliteStore, story: Story) -> list[Figures]:
    edges = tuple(T0 + edge for edge in story.edges)
    whole, days = read_summary(store, SERIES, edges, T0 + story.now, story.hold, story.band)
    return [whole, *days]


@settings(max_examples=60)
@given(stories())
def test_figures_are_those_of_a_plain_loop_or_bounds_around_them(story: Story) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "readings.db")
        store.open()
        try:
            happen(store, story)
            for figures in ask(store, story):
                compare(story, figures, kept_ms=store.database.horizon(SERIES).raw_ms)
        finally:
            store.close()


def compare(story: Story, got: Figures, kept_ms: int) -> None:
    readings = {T0 + ts: value for ts, value in story.readings.items()}
    true = count_by_hand(readings, got.from_ms, got.to_ms, T0 + story.now, story.hold, story.band)
    assert got.readings == true.readings
    assert (got.min and got.min.value, got.max and got.max.value) == (true.min, true.max)
    assert got.mean is true.mean is None or got.mean == pytest.approx(true.mean, rel=1e-12, abs=1e-9)
    for extreme in (got.min, got.max):
        assert extreme is None or any(
            readings[ts] == extreme.value for ts in readings if extreme.from_ms <= ts <= extreme.to_ms
        )
    beyond = got.beyond
    pairs = [
        (got.with_data_ms, true.with_data_ms),
        (beyond.time_ms, true.beyond_ms),
        (beyond.excursions, true.excursions),
        (beyond.longest_ms, true.longest_ms),
    ]
    for bounds, truth in pairs:
        assert bounds.low <= truth <= bounds.high
    if got.exact:
        assert all(bounds.low == bounds.high for bounds, _ in pairs)
        assert (beyond.first_ms, beyond.last_ms) == (true.first_ms, true.last_ms)
    assert beyond.first_ms in (None, true.first_ms)
    assert beyond.last_ms in (None, true.last_ms)
    assert got.exact or got.from_ms < kept_ms + story.hold
