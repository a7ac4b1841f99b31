"""Which interval a series is taken to have: the freshness budget and the page's poll go by it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from belvedere.readings.latest.memory import MemoryLatest

FARM, THERMOMETER = 1, 7
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def interval_after(times: Iterable[int]) -> int | None:
    """Of a series with readings at these times, ms."""
    latest = MemoryLatest()
    for ts_ms in times:
        latest.moved(FARM, THERMOMETER, ts_ms, 20.0)
    return latest.intervals().get(THERMOMETER)


def every(step_ms: int, count: int, start_ms: int = 0) -> list[int]:
    return [start_ms + step_ms * i for i in range(count)]


@pytest.mark.parametrize("step", [1_000, 5_000, MINUTE, 59 * MINUTE])
def test_the_interval_is_the_distance_of_the_readings(step: int) -> None:
    assert interval_after(every(step, 20)) == step


def test_one_reading_tells_no_interval() -> None:
    assert interval_after([0]) is None
    assert interval_after([]) is None


@pytest.mark.parametrize("pause", [20 * MINUTE, HOUR - 1, HOUR, DAY, 30 * DAY])
def test_one_pause_does_not_make_a_quick_sensor_a_slow_one(pause: int) -> None:
    before = every(5_000, 50)
    interval = interval_after([*before, before[-1] + pause])
    assert interval is not None
    assert 5_000 <= interval <= 8_000


def test_a_pause_of_a_day_tells_no_interval_even_where_none_is_known() -> None:
    assert interval_after([0, DAY]) is None
    assert interval_after([0, DAY, DAY + 5_000]) == 5_000


def test_a_slower_rhythm_is_followed_and_a_quicker_one_too() -> None:
    quick = every(5_000, 50)
    slower = interval_after([*quick, *every(5 * MINUTE, 18, quick[-1] + 5 * MINUTE)])
    assert slower is not None
    assert slower > 4 * MINUTE
    slow = every(5 * MINUTE, 50)
    assert interval_after([*slow, *every(5_000, 30, slow[-1] + 5_000)]) in range(5_000, 6_000)


def test_readings_out_of_order_or_of_one_time_change_no_interval() -> None:
    assert interval_after([0, 5_000, 5_000, 4_000, 9_000]) == 5_000


def test_the_interval_goes_with_its_series() -> None:
    latest = MemoryLatest()
    for ts_ms in every(5_000, 3):
        latest.moved(FARM, THERMOMETER, ts_ms, 20.0)
    latest.forget(FARM, THERMOMETER)
    assert latest.intervals() == {}
