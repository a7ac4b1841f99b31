"""Exactly at the level, the limit, the deadline: to the millisecond and to the last digit."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from belvedere.rules.conditions import Above, Below, Condition, IsTrue, NoData, Outside, Rate
from belvedere.rules.evaluate.present import STALE_MS, evaluate_present
from belvedere.rules.evaluate.rate import thin_history
from belvedere.rules.evaluate.state import (
    Phase,
    Present,
    RuleState,
    create_state,
    must_hand_over,
    must_save,
    restart_wait,
    restore_state,
    to_row,
)
from belvedere.rules.tests.playing import (
    T0,
    Brief,
    Sample,
    Tick,
    after,
    at,
    evaluate_now,
    everything,
    late,
    play,
    rule_of,
    step,
    tick,
)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (Above(50.0), Above(40.0), []),
        (Above(50.0), Below(40.0), []),
        (Above(30.0), Above(50.0, 40.0), [("resolved", 9, 40)]),
        (Below(45.0), Below(30.0, 40.0), [("resolved", 9, 40)]),
    ],
)
def test_a_present_value_exactly_at_the_new_level_is_not_beyond_it(
    old: Condition, new: Condition, expected: list[Brief]
) -> None:
    assert evaluate_now(rule_of(new), after(old, at(1, 40)), 9) == expected


def test_a_rule_on_a_series_that_never_sent_finds_nothing_to_judge() -> None:
    for condition in (Above(35.0), IsTrue(), Rate(5.0, "up", 60)):
        assert evaluate_now(rule_of(condition), after(condition), 5) == []


def test_another_rate_judges_the_window_that_was_kept() -> None:
    state = after(Rate(10.0, "up", 60), at(0, 20), at(30, 26))
    assert evaluate_now(rule_of(Rate(6.0, "up", 60)), state, 40) == []
    assert evaluate_now(rule_of(Rate(5.9, "up", 60)), state, 40) == [("opened", 40, 26)]


def test_a_number_is_too_old_to_open_anything_past_a_day() -> None:
    rule = rule_of(Above(35.0))
    state = after(Above(50.0), at(0, 40))
    assert evaluate_now(rule, state, STALE_MS / 1000) == [("opened", 86_400, 40)]
    assert evaluate_now(rule, state, STALE_MS / 1000 + 0.001) == []


def test_a_longer_silence_allowed_is_told_in_the_time_of_the_wall_clock() -> None:
    rule = rule_of(NoData(600))
    silent = after(NoData(60), at(0, 5), tick(70))
    assert [t.ts_ms - T0 for t in evaluate_present(rule, silent, T0 + 100_000)[1]] == [100_000]
    assert [t.ts_ms - T0 for t in evaluate_present(rule, silent, T0 + 100_000, 1_800_000)[1]] == [1_900_000]
    assert evaluate_now(rule, silent, 599.999) == [("resolved", 599, 5)]
    assert evaluate_now(rule, silent, 600) == []


def test_after_an_outage_of_the_server_a_silence_is_counted_from_its_end() -> None:
    rule = rule_of(NoData(60))
    state = after(NoData(60), at(0, 5))
    assert play(rule, [tick(3659.999)], restart_wait(state, T0 + 3_600_000)) == []
    assert play(rule, [tick(3660)], restart_wait(state, T0 + 3_600_000)) == [("opened", 3660, 5)]
    assert play(rule, [tick(60)], restart_wait(state, T0 - 3_600_000)) == [("opened", 60, 5)]


def test_a_reading_under_a_changed_no_data_rule_begins_its_wait() -> None:
    assert play(rule_of(NoData(60)), [at(10, 6), tick(70)], after(NoData(600), at(0, 5))) == [("opened", 70, 6)]


def test_a_wait_over_a_restart_ends_at_its_millisecond() -> None:
    rule = rule_of(Above(35.0, for_seconds=60))
    row = to_row(after(rule.condition, at(0, 40)))
    for present in (Present(T0, 40.0), None):
        back = restore_state(rule, row, present, T0 + 10_000)
        assert play(rule, [Tick(T0 + 60_000)], back) == []
        assert play(rule, [Tick(T0 + 60_001)], back) == [("opened", 60, 40)]


def test_a_reading_exactly_at_the_end_of_the_wait_opens_with_its_value() -> None:
    assert play(rule_of(Above(35.0, for_seconds=60)), [at(0, 36), at(60, 37)]) == [("opened", 60, 37)]


def test_a_value_exactly_at_the_level_ends_a_wait_on_either_side() -> None:
    assert play(rule_of(Below(2.0, for_seconds=60)), [at(0, 1), at(30, 2), at(61, 1)]) == []
    assert play(rule_of(Above(2.0, for_seconds=60)), [at(0, 3), at(30, 2), at(61, 3)]) == []


def test_a_wait_ends_under_a_level_that_the_present_value_does_not_pass() -> None:
    calmer = rule_of(Above(50.0, for_seconds=60))
    state, _ = evaluate_present(calmer, after(Above(35.0, for_seconds=60), at(0, 40)), T0 + 1_000)
    assert play(calmer, [tick(3600)], state) == []


def test_a_reading_under_a_changed_condition_counts_as_judged_by_it() -> None:
    changed = rule_of(Above(30.0))
    state, _ = step(changed, after(Above(50.0), at(0, 20)), at(1, 21))
    assert state.fingerprint == changed.fingerprint


@pytest.mark.parametrize("condition", [Above(35.0), Above(35.0, for_seconds=60)])
def test_once_it_is_over_an_alert_or_a_wait_leaves_no_trace_in_the_state(condition: Condition) -> None:
    assert after(condition, at(0, 40), at(1, 50), at(2, 30)) == after(condition, at(2, 30))


@pytest.mark.parametrize(("step_ms", "opens_ms"), [(-1_000, 59_000), (-999, 60_000), (999, 60_000), (1_000, 61_000)])
def test_a_wait_goes_along_with_a_clock_that_is_set_by_a_second_or_more(step_ms: int, opens_ms: int) -> None:
    rule = rule_of(Above(35.0, for_seconds=60))
    stepped = Sample(T0 + step_ms, 40, T0 + step_ms, T0)
    later = Sample(T0 + step_ms + 62_000, 40, T0 + step_ms + 62_000, T0 + 62_000)
    assert [t.ts_ms - T0 for t in everything(rule, [at(0, 40), stepped, later])] == [opens_ms]


def test_what_a_reading_was_old_when_it_came_is_no_step_of_a_clock() -> None:
    rule = rule_of(Above(35.0, for_seconds=300))
    minute_old = late(0, 40, 60)
    assert play(rule, [minute_old, at(61, 40), at(301, 40)]) == [("opened", 300, 40)]


def test_readings_that_come_long_after_their_time_do_not_shorten_a_wait() -> None:
    rule = rule_of(Above(35.0, for_seconds=300))
    kept = late(10, 40, 200)
    assert play(rule, [at(0, 40), kept, tick(490)]) == []
    assert play(rule, [at(0, 40), kept, tick(491)]) == [("opened", 300, 40)]
    same_time = late(0, 41, 200)
    assert play(rule, [at(0, 40), same_time, tick(500)]) == []
    assert play(rule, [at(0, 40), same_time, tick(501)]) == [("opened", 300, 41)]


@pytest.mark.parametrize("hour_ms", [3_600_000, -3_600_000])
def test_a_rate_is_measured_over_a_step_of_the_clock(hour_ms: int) -> None:
    stepped = T0 + hour_ms + 30_000
    rise = Sample(stepped, 26, stepped, T0 + 30_000)
    assert play(rule_of(Rate(5.9, "up", 60)), [at(0, 20), rise]) == [("opened", hour_ms // 1000 + 30, 26)]
    assert play(rule_of(Rate(6.0, "up", 60)), [at(0, 20), rise]) == []


@pytest.mark.parametrize("change", [{"phase": Phase.OPEN}, {"since_ms": 1}, {"fingerprint": 1}, {"told_ms": 1}])
def test_what_a_restart_must_not_forget_is_saved(change: dict[str, Any]) -> None:
    state = RuleState(Phase.PENDING, T0, 5.0, T0)
    assert must_save(state, msgspec.structs.replace(state, **change))


@pytest.mark.parametrize("change", [{"last_ts_ms": 1}, {"last_value": 1.0}, {"seen_ms": 1}, {"lag_ms": 1}])
def test_what_the_latest_reading_tells_again_is_not_saved_for_itself(change: dict[str, Any]) -> None:
    state = RuleState(Phase.PENDING, T0, 5.0, T0)
    assert not must_save(state, msgspec.structs.replace(state, **change))


def play_with_peaks(condition: Condition, *samples: tuple[float, float]) -> list[Brief]:
    """With the peaks."""
    found = everything(rule_of(condition), [at(second, value) for second, value in samples])
    return [(t.kind.value, (t.ts_ms - T0) // 1000, t.value) for t in found]


def test_a_peak_is_told_with_its_own_time_a_minute_after_the_last_telling_and_only_once() -> None:
    rising = [(0, 36), (1, 39), (59.999, 38), (60, 37), (61, 40), (119.999, 36), (120, 36), (200, 36), (201, 30)]
    assert play_with_peaks(Above(35.0), *rising) == [
        ("opened", 0, 36),
        ("updated", 1, 39),
        ("updated", 61, 40),
        ("resolved", 201, 30),
    ]
    assert play_with_peaks(Above(35.0), (0, 36), (1, 39), (2, 30)) == [
        ("opened", 0, 36),
        ("updated", 1, 39),
        ("resolved", 2, 30),
    ]


def test_the_peak_of_a_band_is_the_value_farthest_outside_on_either_side() -> None:
    band = Outside(2.0, 8.0)
    assert play_with_peaks(band, (0, 9), (1, 0), (2, 5)) == [("opened", 0, 9), ("updated", 1, 0), ("resolved", 2, 5)]
    assert play_with_peaks(band, (0, 0), (1, 9), (2, 5)) == [("opened", 0, 0), ("resolved", 2, 5)]
    assert play_with_peaks(band, (0, 9), (1, 1), (2, 5)) == [("opened", 0, 9), ("resolved", 2, 5)]
    assert play_with_peaks(Below(2.0), (0, 1), (1, -3), (2, 5)) == [
        ("opened", 0, 1),
        ("updated", 1, -3),
        ("resolved", 2, 5),
    ]


def opens(condition: Rate, *samples: tuple[float, float]) -> bool:
    return bool(play(rule_of(condition), [at(second, value) for second, value in samples]))


def test_a_rise_within_the_window_counts_by_the_length_of_the_window() -> None:
    samples = [(0, 20), (20, 18), (40, 21)]  # of the oldest: 1 in 40 s; of the lowest in the window: 3 in 30 s
    assert not opens(Rate(6.0, "up", 30), *samples)
    assert opens(Rate(5.9, "up", 30), *samples)
    assert opens(Rate(5.9, "any", 30), *samples)
    assert not opens(Rate(0.1, "down", 30), (0, 20), (40, 21))


def test_a_fall_within_the_window_counts_by_the_length_of_the_window() -> None:
    samples = [(0, 20), (20, 22), (40, 19)]
    assert not opens(Rate(6.0, "down", 30), *samples)
    assert opens(Rate(5.9, "down", 30), *samples)
    assert opens(Rate(5.9, "any", 30), *samples)
    assert not opens(Rate(0.1, "up", 30), (0, 20), (40, 19))


def test_a_fall_of_a_series_slower_than_its_window_is_taken_over_the_gap() -> None:
    assert not opens(Rate(1.0, "down", 60), (0, 20), (600, 10))
    assert opens(Rate(1.0, "down", 60), (0, 20), (600, 9))


def test_of_a_window_a_value_is_kept_each_32nd_part_of_it() -> None:
    rule = rule_of(Rate(5.0, "any", 1))
    assert thin_history(rule, [(0, 1.0), (30, 2.0), (31, 3.0), (61, 4.0), (62, 5.0)]) == (
        (0, 1.0),
        (31, 3.0),
        (62, 5.0),
    )


def test_a_new_no_data_rule_waits_from_now_however_old_the_present_value_is() -> None:
    rule = rule_of(NoData(60))
    state = create_state(rule, T0, Present(T0 - 3_600_000, 5.0), T0)
    assert play(rule, [tick(59.999)], state) == []
    assert play(rule, [tick(60)], state) == [("opened", 60, 5)]


def test_a_present_value_of_the_future_is_judged_at_its_own_time() -> None:
    rule = rule_of(Above(35.0))
    _, found = evaluate_present(rule, create_state(rule, T0, Present(T0 + 5_000, 40.0), T0), T0)
    assert [t.ts_ms - T0 for t in found] == [5_000]


def test_a_wait_begins_with_the_first_value_beyond_after_a_present_one_that_was_not() -> None:
    rule = rule_of(Above(35.0, for_seconds=60))
    state = create_state(rule, T0, Present(T0, 20.0), T0)
    assert play(rule, [at(10, 40), at(70, 41)], state) == [("opened", 70, 41)]


def test_below_without_a_clear_level_clears_at_its_level() -> None:
    assert play(rule_of(Below(2.0)), [at(1, 1), at(2, 2)]) == [("opened", 1, 1), ("resolved", 2, 2)]


def test_the_fingerprint_of_a_condition_is_the_same_in_each_release() -> None:
    """It is saved with the states: another one would start every wait anew at an update."""
    assert rule_of(Above(35.0, for_seconds=60)).fingerprint == 4236603997
    assert rule_of(NoData(60)).fingerprint == 1202422343


def test_a_worker_that_takes_over_needs_more_than_the_newest_reading_of_what_waits_is_open_or_looks_back() -> None:
    rising = Rate(5.0, "up", 60)
    assert not must_hand_over(after(Above(35.0), at(0, 20)))
    assert must_hand_over(after(Above(35.0), at(0, 36)))
    assert must_hand_over(after(Above(35.0, for_seconds=60), at(0, 36)))
    assert must_hand_over(after(rising, at(0, 20)))
    assert not must_hand_over(after(rising))
