"""How many series a fold moves at once, and how long it rests."""

import contextlib

from belvedere.readings.store.cluster.pace import FIRST_SERIES, GROUP_SECONDS, MOST_SERIES, Pace


class Clock:
    """Stands still but for `sleep`."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def move(pace: Pace, clock: Clock, seconds_a_series: float) -> float:
    """One group; how long it took."""
    series = pace.series_at_once
    with pace.timing(series):
        clock.sleep(series * seconds_a_series)
    return series * seconds_a_series


def fail(pace: Pace, clock: Clock, seconds: float) -> None:
    """One group that is not moved."""
    with contextlib.suppress(OSError), pace.timing(pace.series_at_once):
        clock.sleep(seconds)
        raise OSError


def test_a_fast_server_is_given_more_series_at_once_and_never_too_many() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    assert pace.series_at_once == FIRST_SERIES
    for _ in range(20):
        move(pace, clock, 0.000_01)
    assert pace.series_at_once == MOST_SERIES


def test_a_slow_server_is_given_one_series_at_once_and_a_usual_one_as_many_as_fit() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    move(pace, clock, 0.06)
    assert pace.series_at_once == 1
    for _ in range(20):
        taken = move(pace, clock, 0.001)
    assert GROUP_SECONDS / 4 < taken <= GROUP_SECONDS


def test_a_group_is_followed_by_a_rest_so_that_batches_have_most_of_the_time() -> None:
    clock = Clock()
    pace = Pace(share=0.25, clock=clock)
    taken = move(pace, clock, 0.01)
    assert pace.rests
    clock.sleep(2.9 * taken)
    assert pace.rests
    clock.sleep(0.2 * taken)
    assert not pace.rests


def test_a_deletion_is_followed_by_a_rest_and_teaches_nothing_of_series() -> None:
    clock = Clock()
    pace = Pace(share=0.25, clock=clock)
    with pace.working():
        clock.sleep(1.0)
    assert pace.rests
    assert pace.series_at_once == FIRST_SERIES
    clock.sleep(3.1)
    assert not pace.rests


def test_a_server_that_hangs_is_asked_for_less_and_later_and_one_that_is_away_for_no_more() -> None:
    clock = Clock()
    pace = Pace(share=0.25, clock=clock)
    fail(pace, clock, seconds=2.0)
    assert pace.series_at_once == 1
    assert pace.rests
    clock.sleep(6.1)
    fail(pace, clock, seconds=0.0)
    assert pace.series_at_once == 1
    assert not pace.rests
