"""Buckets: which readings they hold, how wider ones are made of them, and which ranges must be made anew."""

from __future__ import annotations

from array import array

import pytest

from belvedere.readings.store.chunk import Columns
from belvedere.readings.tiers import (
    DAY,
    HOUR,
    MINUTE,
    QUARTER,
    TIERS,
    Bucket,
    find_starts,
    join_buckets,
    join_ranges,
    make_buckets,
    overlay_buckets,
    widen_buckets,
)

WIDTH = MINUTE.width_ms


def columns(*readings: tuple[int, float]) -> Columns:
    return Columns(array("q", [ts for ts, _ in readings]), array("d", [value for _, value in readings]))


def bucket(
    start: int, n: int = 1, low: float = 1.0, high: float = 1.0, total: float = 1.0, last: float = 1.0
) -> Bucket:
    return Bucket(start, n, low, high, total, last)


def test_the_tiers_are_a_minute_a_quarter_an_hour_and_a_day_wide_and_go_into_each_other() -> None:
    assert [(tier.name, tier.width_ms) for tier in TIERS] == [
        ("1m", 60_000),
        ("15m", 900_000),
        ("1h", 3_600_000),
        ("1d", 86_400_000),
    ]
    assert (MINUTE, QUARTER, HOUR, DAY) == TIERS
    assert len({tier.table for tier in TIERS}) == 4


def test_a_bucket_tells_count_extremes_sum_and_last_of_its_readings() -> None:
    made = make_buckets(columns((1_000, 5.0), (2_000, 9.0), (3_000, -2.0), (4_000, 4.0)), WIDTH)
    assert made == [Bucket(0, 4, -2.0, 9.0, 16.0, 4.0)]


def test_a_reading_on_the_boundary_begins_the_next_bucket() -> None:
    made = make_buckets(columns((WIDTH - 1, 1.0), (WIDTH, 2.0), (2 * WIDTH - 1, 3.0), (2 * WIDTH, 4.0)), WIDTH)
    assert [(each.start, each.n, each.last) for each in made] == [(0, 1, 1.0), (WIDTH, 2, 3.0), (2 * WIDTH, 1, 4.0)]


def test_minutes_without_readings_have_no_bucket() -> None:
    made = make_buckets(columns((0, 1.0), (10 * WIDTH + 5, 2.0)), WIDTH)
    assert [each.start for each in made] == [0, 10 * WIDTH]
    assert make_buckets(columns(), WIDTH) == []


def test_wider_buckets_are_what_the_readings_themselves_would_have_given() -> None:
    readings = columns(*((second * 1_000, float(second * 37 % 101)) for second in range(0, 7_200, 7)))
    for tier in (QUARTER, HOUR, DAY):
        assert widen_buckets(make_buckets(readings, WIDTH), tier.width_ms) == make_buckets(readings, tier.width_ms)


def test_a_wider_bucket_starts_on_its_own_boundary_also_where_its_first_minutes_are_missing() -> None:
    minutes = [bucket(17 * WIDTH), bucket(29 * WIDTH), bucket(30 * WIDTH)]
    assert [(each.start, each.n) for each in widen_buckets(minutes, QUARTER.width_ms)] == [
        (15 * WIDTH, 2),
        (30 * WIDTH, 1),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [(Bucket(0, 2, 1.0, 4.0, 5.0, 4.0), Bucket(WIDTH, 3, 2.0, 9.0, 15.0, 2.0))],
)
def test_two_buckets_as_one_keep_every_reading_and_the_later_ones_last_value(one: Bucket, other: Bucket) -> None:
    assert join_buckets(one, other) == Bucket(0, 5, 1.0, 9.0, 20.0, 2.0)
    assert join_buckets(one._replace(min=3.0, max=10.0), other) == Bucket(0, 5, 2.0, 10.0, 20.0, 2.0)


def test_a_fresh_bucket_takes_the_place_of_the_stored_one_and_the_order_is_that_of_time() -> None:
    stored = [bucket(0, n=1), bucket(2 * WIDTH, n=1)]
    fresh = [bucket(WIDTH, n=7), bucket(2 * WIDTH, n=7)]
    assert [(each.start, each.n) for each in overlay_buckets(stored, fresh)] == [(0, 1), (WIDTH, 7), (2 * WIDTH, 7)]


def test_readings_touch_the_buckets_they_fall_into() -> None:
    assert find_starts(array("q", [0, 1, WIDTH - 1, WIDTH, 5 * WIDTH + 3]), WIDTH) == {0, WIDTH, 5 * WIDTH}


def test_neighbouring_buckets_are_one_range_and_a_gap_begins_another() -> None:
    starts = {0, WIDTH, 3 * WIDTH}
    assert join_ranges(starts, WIDTH) == [(0, 2 * WIDTH), (3 * WIDTH, 4 * WIDTH)]
    assert join_ranges(starts, WIDTH, gap_ms=WIDTH - 1) == [(0, 2 * WIDTH), (3 * WIDTH, 4 * WIDTH)]
    assert join_ranges(starts, WIDTH, gap_ms=WIDTH) == [(0, 4 * WIDTH)]
    assert join_ranges({5 * WIDTH}, WIDTH) == [(5 * WIDTH, 6 * WIDTH)]
    assert join_ranges(set(), WIDTH) == []
