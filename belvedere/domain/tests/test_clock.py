from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.domain.clock import (
    AGREE_MS,
    DAY_MS,
    EARLIEST_MS,
    STEP_MS,
    VOTE_MS,
    WAIT_MS,
    Doubt,
    Ground,
    Seen,
    ServerClock,
    Sources,
)
from belvedere.domain.tests.times import NOW, Times

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


def start_clock(times: Times, last_seen_ms: int | None = NOW) -> ServerClock:
    clock = ServerClock(times.sources)
    clock.begin(None if last_seen_ms is None else Seen(last_seen_ms))
    return clock


def doubt_of(clock: ServerClock) -> Doubt | None:
    clock.observe()
    return clock.untrusted.doubt if clock.untrusted else None


# --- the start


@pytest.mark.parametrize(
    ("after_ms", "doubt"),
    [
        (0, None),
        (-STEP_MS, None),
        (-STEP_MS - 1, Doubt.BEHIND),
        (-30 * MINUTE_MS, Doubt.BEHIND),
        (DAY_MS, None),
        (DAY_MS + 1, Doubt.AHEAD),
        (400 * DAY_MS, Doubt.AHEAD),
    ],
)
def test_a_start_is_judged_by_the_last_time_seen(after_ms: int, doubt: Doubt | None) -> None:
    assert doubt_of(start_clock(Times(NOW + after_ms))) is doubt


def test_a_first_start_is_believed_unless_its_date_is_older_than_the_program() -> None:
    assert doubt_of(start_clock(Times(NOW), None)) is None
    unset = Times(0)
    clock = start_clock(unset, None)
    assert clock.untrusted == (Doubt.BEHIND, EARLIEST_MS, 0)
    unset.wall = NOW  # NTP
    assert doubt_of(clock) is None


def test_the_doubt_names_both_times() -> None:
    clock = start_clock(Times(NOW + 400 * DAY_MS))
    assert clock.untrusted == (Doubt.AHEAD, NOW, NOW + 400 * DAY_MS)


def test_a_board_without_a_battery_is_believed_as_soon_as_ntp_has_set_its_clock() -> None:
    times = Times(NOW - 40 * DAY_MS)
    clock = start_clock(times)
    times.pass_by(30_000)
    assert doubt_of(clock) is Doubt.BEHIND
    times.wall = NOW + HOUR_MS
    assert doubt_of(clock) is None
    assert clock.ground is Ground.BACK


def test_what_is_remembered_during_a_doubt_is_the_time_expected_so_that_the_next_start_doubts_too() -> None:
    times = Times(NOW + 400 * DAY_MS)
    clock = start_clock(times)
    times.pass_by(HOUR_MS)
    clock.observe()
    assert clock.read_seen().ms == NOW + HOUR_MS
    assert doubt_of(start_clock(times, clock.read_seen().ms)) is Doubt.AHEAD
    times.wall -= 400 * DAY_MS
    assert doubt_of(start_clock(times, clock.read_seen().ms)) is None


# --- a step


@pytest.mark.parametrize("step_ms", [-DAY_MS, -HOUR_MS, -STEP_MS - 1, STEP_MS + 1, HOUR_MS, 400 * DAY_MS])
def test_a_step_of_more_than_some_minutes_is_doubted_until_it_is_taken_back(step_ms: int) -> None:
    times = Times()
    clock = start_clock(times)
    times.pass_by(HOUR_MS)
    times.wall += step_ms
    assert doubt_of(clock) is Doubt.STEPPED
    assert clock.untrusted == (Doubt.STEPPED, NOW + HOUR_MS, NOW + HOUR_MS + step_ms)
    times.pass_by(HOUR_MS)
    times.wall -= step_ms
    assert doubt_of(clock) is None


@pytest.mark.parametrize("slept_ms", [0, HOUR_MS])
@pytest.mark.parametrize("step_ms", [-HOUR_MS, HOUR_MS])
def test_who_asks_whether_the_date_is_trusted_hears_of_a_step_at_once(step_ms: int, slept_ms: int) -> None:
    times = Times()
    clock = start_clock(times)
    times.sleep(slept_ms)
    assert clock.believed()
    times.pass_by(100)
    times.wall += step_ms
    assert not clock.believed()
    times.wall -= step_ms
    assert clock.believed()


@given(st.lists(st.tuples(st.integers(0, 10 * DAY_MS), st.integers(-STEP_MS + 1_000, STEP_MS - 1_000)), max_size=30))
def test_corrections_are_followed_by_who_asks_whether_the_date_is_trusted(corrections: list[tuple[int, int]]) -> None:
    times = Times()
    clock = start_clock(times)
    for passing, correction in corrections:
        times.pass_by(passing)
        times.wall += correction
        assert clock.believed()


@given(st.lists(st.tuples(st.integers(0, 10 * DAY_MS), st.integers(-STEP_MS, STEP_MS)), max_size=30))
def test_corrections_of_some_minutes_are_followed_and_never_doubted(corrections: list[tuple[int, int]]) -> None:
    times = Times()
    clock = start_clock(times)
    for passing, correction in corrections:
        times.pass_by(passing)
        times.wall += correction
        assert doubt_of(clock) is None
        assert clock.read_seen().ms == times.wall


@given(st.lists(st.tuples(st.integers(0, DAY_MS), st.integers(-(10**12), 10**12)), max_size=30))
def test_steady_time_is_the_time_that_has_passed_whatever_the_wall_clock_does(moves: list[tuple[int, int]]) -> None:
    times = Times()
    clock = start_clock(times)
    passed = 0
    for passing, step in moves:
        times.pass_by(passing)
        times.wall += step
        clock.observe()
        passed += passing
        assert clock.steady_ms() == NOW + passed


def test_steady_time_begins_at_the_wall_clock_where_that_is_believable_else_at_the_last_time_seen() -> None:
    assert start_clock(Times(NOW + HOUR_MS)).steady_ms() == NOW + HOUR_MS
    assert start_clock(Times(NOW + 2 * DAY_MS)).steady_ms() == NOW
    assert start_clock(Times(NOW - HOUR_MS)).steady_ms() == NOW


def test_a_machine_that_slept_has_not_stepped_and_nobody_was_silent_meanwhile() -> None:
    times = Times()
    times.sleep(3 * HOUR_MS)
    times.wall = NOW
    clock = start_clock(times)
    assert clock.steady_ms() == NOW
    times.sleep(8 * HOUR_MS)
    assert doubt_of(clock) is None
    assert clock.read_seen().ms == NOW + 8 * HOUR_MS
    assert clock.steady_ms() == NOW


def test_a_pause_while_the_time_slept_is_read_is_no_sleep() -> None:
    times = Times(NOW - HOUR_MS)
    clock = start_clock(times)
    for _ in range(10):
        times.suspended -= HOUR_MS
        assert clock.read_seen().ms == NOW
        times.suspended += HOUR_MS
        clock.observe()
    assert clock.read_seen().ms == NOW


def test_a_pause_between_the_two_readings_is_no_step() -> None:
    times = Times()
    pauses = iter([HOUR_MS, 10 * MINUTE_MS])

    def wall_then_pause() -> float:
        wall = times.wall
        times.pass_by(next(pauses, 0))
        return wall

    clock = start_clock(times)
    clock._sources = Sources(wall_then_pause, lambda: times.monotonic, lambda: times.suspended)
    assert doubt_of(clock) is None


# --- how a doubt ends


def test_a_confirmed_time_is_the_expected_one_from_then_on() -> None:
    times = Times(NOW - 40 * DAY_MS)
    clock = start_clock(times)
    assert clock.confirm() == (Doubt.BEHIND, NOW, NOW - 40 * DAY_MS)
    assert clock.ground is Ground.CONFIRMED
    assert doubt_of(clock) is None
    assert clock.read_seen().ms == NOW - 40 * DAY_MS
    assert clock.confirm() is None
    times.wall += HOUR_MS
    assert doubt_of(clock) is Doubt.STEPPED


def test_a_step_that_was_just_made_is_confirmed_too() -> None:
    times = Times()
    clock = start_clock(times)
    times.wall += HOUR_MS
    assert clock.confirm() == (Doubt.STEPPED, NOW, NOW + HOUR_MS)
    assert doubt_of(clock) is None


def test_corrections_during_a_doubt_are_no_new_step() -> None:
    times = Times(NOW + 400 * DAY_MS)
    clock = start_clock(times)
    doubt = clock.untrusted
    for _ in range(10):
        times.wall += STEP_MS / 2
        clock.observe()
    assert clock.untrusted == doubt


def test_a_day_without_a_step_ends_it_and_a_step_begins_the_day_anew() -> None:
    times = Times(NOW + 400 * DAY_MS)
    clock = start_clock(times)
    times.pass_by(WAIT_MS - 1)
    assert doubt_of(clock) is Doubt.AHEAD
    times.wall += 30 * DAY_MS
    assert clock.untrusted is not None
    assert doubt_of(clock) is Doubt.AHEAD
    assert clock.untrusted.shown_ms == times.wall
    times.pass_by(WAIT_MS - 1)
    assert doubt_of(clock) is Doubt.AHEAD
    times.pass_by(1)
    assert doubt_of(clock) is None
    assert clock.ground is Ground.WAITED


def test_several_devices_that_say_the_same_end_it() -> None:
    times = Times(NOW + 20 * DAY_MS)
    clock = start_clock(times)
    for device in ("d1", "d2", "d2", "d1"):
        clock.hear(device, int(times.wall) - AGREE_MS)
    assert doubt_of(clock) is Doubt.AHEAD
    clock.hear("d3", int(times.wall) + AGREE_MS)
    assert clock.untrusted is None
    assert clock.ground is Ground.DEVICES


@pytest.mark.parametrize("against_ms", [NOW, NOW + 20 * DAY_MS + STEP_MS + 1])
def test_devices_that_say_otherwise_weigh_against_those_that_agree(against_ms: int) -> None:
    times = Times(NOW + 20 * DAY_MS)
    clock = start_clock(times)
    clock.hear("against", against_ms)
    for device in ("d1", "d2", "d3"):
        clock.hear(device, int(times.wall))
    assert doubt_of(clock) is Doubt.AHEAD
    clock.hear("d4", int(times.wall))
    assert doubt_of(clock) is None


def test_a_reading_that_waited_says_nothing() -> None:
    times = Times(NOW + 20 * DAY_MS)
    clock = start_clock(times)
    clock.hear("logger", NOW + 10 * DAY_MS)
    for device in ("d1", "d2", "d3"):
        clock.hear(device, int(times.wall))
    assert doubt_of(clock) is None


def test_waiting_does_not_help_a_clock_that_devices_contradict() -> None:
    times = Times(NOW - 40 * DAY_MS)
    clock = start_clock(times)
    times.pass_by(WAIT_MS)
    clock.hear("d1", NOW + WAIT_MS)
    assert doubt_of(clock) is None  # the day was over before it spoke
    clock = start_clock(times)
    times.pass_by(WAIT_MS - 1)
    clock.hear("d1", NOW + WAIT_MS)
    times.pass_by(1)
    assert doubt_of(clock) is Doubt.BEHIND
    times.pass_by(VOTE_MS)
    assert doubt_of(clock) is None  # it is gone since


def test_a_step_makes_what_devices_said_before_void() -> None:
    times = Times(NOW + 20 * DAY_MS)
    clock = start_clock(times)
    for device in ("d1", "d2"):
        clock.hear(device, int(times.wall))
    times.wall += 30 * DAY_MS
    clock.hear("d3", int(times.wall))
    assert doubt_of(clock) is Doubt.AHEAD
