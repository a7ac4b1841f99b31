"""Which tier, from where to where, and with how many digits: at the edges."""

from __future__ import annotations

from pathlib import Path

import pytest

from belvedere.readings.history import Piece, average, make_sparkline, read_history, shorten, split_range
from belvedere.readings.store.horizon import Horizon
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.readings.tiers import DAY, HOUR, MINUTE, QUARTER, Bucket

M, Q, H, D = (tier.width_ms for tier in (MINUTE, QUARTER, HOUR, DAY))


def flat(start: int, value: float) -> Bucket:
    return Bucket(start, 1, value, value, value, value)


# --- pieces


def test_a_tier_of_which_nothing_is_gone_covers_the_range_alone() -> None:
    assert split_range(Horizon(), MINUTE, 5, 10) == [Piece(MINUTE, 5, 10)]
    assert split_range(Horizon(0, 2 * D), HOUR, 2 * D, 3 * D) == [Piece(HOUR, 2 * D, 3 * D)]


def test_where_readings_outlive_the_tier_they_make_its_older_part() -> None:
    horizon = Horizon(raw_ms=D + 5, tier_ms=2 * D)
    newer = Piece(MINUTE, 2 * D, 3 * D)
    assert split_range(horizon, MINUTE, 0, 3 * D) == [Piece(MINUTE, D + 5, 2 * D - 1, of_raw=True), newer]
    assert split_range(horizon, MINUTE, D + 9, 3 * D) == [Piece(MINUTE, D + 9, 2 * D - 1, of_raw=True), newer]
    assert split_range(horizon, MINUTE, D, 2 * D - 9) == [Piece(MINUTE, D + 5, 2 * D - 9, of_raw=True)]
    assert split_range(horizon, MINUTE, D, 2 * D) == [
        Piece(MINUTE, D + 5, 2 * D - 1, of_raw=True),
        Piece(MINUTE, 2 * D, 2 * D),
    ]
    assert split_range(horizon, MINUTE, D, D + 5) == [Piece(MINUTE, D + 5, D + 5, of_raw=True)]
    assert split_range(horizon, MINUTE, 0, D) == [Piece(MINUTE, 0, D)]


@pytest.mark.parametrize(
    ("begin", "wider", "until"),
    [
        (0, [Piece(DAY, 2 * D, 3 * D - 1)], 3 * D),
        (2 * D, [Piece(DAY, 2 * D, 3 * D - 1)], 3 * D),
        (2 * D + 9 * H, [Piece(DAY, 2 * D + 9 * H, 3 * D - 1)], 3 * D),
        (2 * D + 10 * H, [Piece(HOUR, 2 * D + 10 * H, 2 * D + 11 * H - 1)], 2 * D + 11 * H),
        (2 * D + 10 * H + 3 * M, [Piece(HOUR, 2 * D + 10 * H + 3 * M, 2 * D + 11 * H - 1)], 2 * D + 11 * H),
        (2 * D + 10 * H + Q, [Piece(QUARTER, 2 * D + 10 * H + Q, 2 * D + 10 * H + 2 * Q - 1)], 2 * D + 10 * H + 2 * Q),
        (2 * D + 10 * H + 20 * M, [], 2 * D + 10 * H + 20 * M),
    ],
)
def test_where_both_are_gone_the_next_wider_tier_that_covers_the_begin_comes_before(
    begin: int, wider: list[Piece], until: int
) -> None:
    horizon = Horizon(raw_ms=3 * D, tier_ms=2 * D + 10 * H + 20 * M + 1)
    assert split_range(horizon, MINUTE, begin, 4 * D) == [*wider, Piece(MINUTE, until, 4 * D)]


def test_readings_that_end_where_the_tier_does_make_no_part_of_it() -> None:
    horizon = Horizon(raw_ms=2 * D + 10 * M, tier_ms=2 * D + 10 * M)
    assert split_range(horizon, MINUTE, 0, 4 * D) == [
        Piece(QUARTER, 2 * D, 2 * D + Q - 1),
        Piece(MINUTE, 2 * D + Q, 4 * D),
    ]


def test_a_wider_tier_that_nothing_still_wider_overtakes_adds_its_own_part() -> None:
    horizon = Horizon(raw_ms=4 * D, tier_ms=3 * D + 7 * M)
    assert split_range(horizon, MINUTE, 0, 4 * D) == [
        Piece(QUARTER, 3 * D, 3 * D + Q - 1),
        Piece(MINUTE, 3 * D + Q, 4 * D),
    ]
    assert split_range(horizon, DAY, 0, 4 * D) == [Piece(DAY, 3 * D, 4 * D)]


# --- which tier


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    """Ten readings, one every 36 s."""
    store = SqliteStore(tmp_path / "readings.db")
    store.open()
    batch = store.stage()
    for step in range(10):
        batch.add(1, D + step * 36_000, step / 4)
    store.commit(batch)
    return store


@pytest.mark.parametrize(
    ("points", "interval_ms", "tier"),
    [(100, 36_000, "raw"), (100, 35_999, "1m"), (120, 1_000, "1m"), (121, 1_000, "raw"), (120, None, "1m")],
)
def test_readings_are_sent_up_to_two_a_point_or_where_a_point_is_less_than_a_minute(
    store: SqliteStore, points: int, interval_ms: int | None, tier: str
) -> None:
    assert read_history(store, 1, D, D + 7_200_000, points, interval_ms)["tier"] == tier


def test_more_readings_than_two_a_point_are_merged_in_steps_of_a_point(store: SqliteStore) -> None:
    assert read_history(store, 1, D, D + 360_000, 5, 36_000)["tier"] == "raw"
    merged = read_history(store, 1, D, D + 360_000, 4, 45_000)  # it sends faster than it should
    assert merged == {
        "tier": "merged",
        "t": [D, D + 90_000, D + 180_000, D + 270_000],
        "min": [0.0, 0.75, 1.25, 2.0],
        "max": [0.5, 1.0, 1.75, 2.25],
        "avg": [0.25, 0.875, 1.5, 2.125],
        "n": [3, 2, 3, 2],
    }


def test_a_range_of_one_instant_is_its_reading(store: SqliteStore) -> None:
    assert read_history(store, 1, D + 36_000, D + 36_000, 10, None) == {"tier": "raw", "t": [D + 36_000], "v": [0.25]}


# --- sparklines


def test_a_sparkline_takes_what_begins_in_its_steps_and_joins_what_shares_one() -> None:
    buckets = [flat(900, 99), flat(1_000, 1), flat(1_900, 3), flat(2_000, 5), flat(3_999, 8), flat(4_000, 99)]
    assert make_sparkline(buckets, 1_000, 1_000, 3) == {
        "avg": [2, 5, 8],
        "min": 1,
        "max": 8,
        "lows": {0: 1},
        "highs": {0: 3},
    }


def test_a_sparkline_without_anything_is_empty_and_one_of_a_single_value_keeps_its_digits() -> None:
    nothing = make_sparkline([], 0, 1_000, 3)
    assert nothing == {"avg": [None, None, None], "min": None, "max": None, "lows": {}, "highs": {}}
    same = [flat(0, 1.23456789), flat(1_000, 1.23456789)]
    assert make_sparkline(same, 0, 1_000, 2)["avg"] == [1.23456789, 1.23456789]
    beside_nothing = [flat(0, -1.23456), flat(2_000, 0.0)]
    line = make_sparkline(beside_nothing, 0, 1_000, 3)
    assert (line["avg"], line["min"], line["max"]) == ([-1.23456, None, 0.0], -1.23456, 0.0)


@pytest.mark.parametrize(
    ("spread", "shown"),
    [(0.05, 5.01235), (0.5, 5.0123), (1, 5.012), (9.9, 5.012), (10, 5.01), (250, 5.0), (9_999, 5.0)],
)
def test_a_value_of_a_sparkline_has_the_digits_that_a_thousandth_of_the_spread_needs(
    spread: float, shown: float
) -> None:
    assert make_sparkline([Bucket(0, 1, 5.0, 5.0 + spread, 5.01234567, 5.0)], 0, 1_000, 1)["avg"] == [shown]


def test_rounding_never_takes_a_value_out_of_the_band_of_its_bucket() -> None:
    bucket = Bucket(0, 1, 1.26, 1.34, 1.3, 1.3)
    assert [shorten(value, bucket, 0) for value in (1.26, 1.3, 1.34)] == [1.26, 1.26, 1.26]
    assert [shorten(value, bucket, 1) for value in (1.26, 1.3, 1.34)] == [1.3, 1.3, 1.3]
    assert shorten(1.7, Bucket(0, 1, 1.6, 1.8, 1.7, 1.7), 0) == 1.8
    assert shorten(1.23456, bucket, None) == 1.23456


def test_an_average_has_fifteen_digits_and_lies_in_its_bucket() -> None:
    assert average(Bucket(0, 3, 0.1, 0.1, 0.1 + 0.1 + 0.1, 0.1)) == 0.1
    assert average(Bucket(0, 3, 0.0, 1.0, 1.0, 0.0)) == 0.333333333333333
    assert average(Bucket(0, 1, 0.1234567890123456, 0.1234567890123456, 0.1234567890123456, 0.0)) == 0.1234567890123456
    assert average(Bucket(0, 1, 0.9876543210123454, 0.9876543210123454, 0.9876543210123454, 0.0)) == 0.9876543210123454
