from __future__ import annotations

import math

import pytest

from belvedere.rules.conditions import Above, Below, Condition, IsTrue, NoData, Outside
from belvedere.rules.evaluate.phases import Change
from belvedere.rules.evaluate.present import evaluate_present
from belvedere.rules.evaluate.sample import PEAK_EVERY_MS
from belvedere.rules.evaluate.state import Present, create_state, must_save, needs_tick, restore_state, to_row
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


def test_above_35_opens_once_stays_at_34_5_and_clears_at_34() -> None:
    rule = rule_of(Above(35.0, 34.0))
    values = [30, 35, 36, 37, 34.5, 36, 34, 33, 38]
    assert play(rule, [at(i, v) for i, v in enumerate(values)]) == [
        ("opened", 2, 36.0),
        ("resolved", 6, 34.0),
        ("opened", 8, 38.0),
    ]


@pytest.mark.parametrize(("value", "opens"), [(35.0, False), (math.nextafter(35, 36), True), (35.0000001, True)])
def test_exactly_the_level_does_not_raise(value: float, opens: bool) -> None:
    assert bool(play(rule_of(Above(35.0)), [at(1, value)])) is opens


def test_without_a_clear_level_the_level_itself_clears() -> None:
    assert play(rule_of(Above(35.0)), [at(1, 36), at(2, 35)]) == [("opened", 1, 36), ("resolved", 2, 35)]


def test_below_mirrors_above() -> None:
    rule = rule_of(Below(2.0, 4.0))
    assert play(rule, [at(1, 2), at(2, 1.9), at(3, 3.9), at(4, 4)]) == [("opened", 2, 1.9), ("resolved", 4, 4)]


def test_outside_raises_on_both_sides_and_clears_with_its_margin() -> None:
    rule = rule_of(Outside(2.0, 8.0, 1.0))
    values = [2, 1, 2.5, 3, 8, 9, 1, 7]
    assert play(rule, [at(i, v) for i, v in enumerate(values)]) == [
        ("opened", 1, 1),
        ("resolved", 3, 3),
        ("opened", 5, 9),
        ("resolved", 7, 7),
    ]


def test_outside_stays_open_within_its_margin_at_either_bound() -> None:
    rule = rule_of(Outside(2.0, 8.0, 1.0))
    assert play(rule, [at(1, 9), at(2, 8), at(3, 7.1), at(4, 7)]) == [("opened", 1, 9), ("resolved", 4, 7)]
    assert play(rule, [at(1, 1), at(2, 2), at(3, 2.9), at(4, 3)]) == [("opened", 1, 1), ("resolved", 4, 3)]


def test_an_alert_never_ends_before_it_began() -> None:
    held = rule_of(NoData(60))
    kept = late(-500, 4, 70)
    assert play(held, [at(0, 5), tick(60), kept]) == [("opened", 60, 5), ("resolved", 60, 5)]
    back = Sample(T0 - 3_600_000, 20, T0 - 3_600_000, T0 + 5_000)
    assert play(rule_of(Above(35.0)), [at(0, 40), back]) == [("opened", 0, 40), ("resolved", 0, 20)]


def test_is_true_opens_on_1_and_clears_on_0() -> None:
    assert play(rule_of(IsTrue()), [at(1, 0), at(2, 1), at(3, 1), at(4, 0)]) == [("opened", 2, 1), ("resolved", 4, 0)]


def test_a_late_sample_neither_opens_nor_clears() -> None:
    rule = rule_of(Above(35.0))
    assert play(rule, [at(10, 30), late(9, 99, 11)]) == []
    assert play(rule, [at(10, 40), late(9, 20, 11), late(9.9, 20, 10)]) == [("opened", 10, 40)]


def test_of_two_samples_of_one_effective_time_the_later_one_counts() -> None:
    # Both claimed to be from the future, so both count as of their receipt.
    assert play(rule_of(Above(35.0)), [at(10, 30), at(10, 40)]) == [("opened", 10, 40)]


def test_after_a_clock_was_set_back_the_next_sample_counts_at_once() -> None:
    rule = rule_of(Above(35.0))
    behind = Sample(T0 - 3_600_000, 40, T0 - 3_600_000, T0 + 1_000)
    assert play(rule, [at(0, 30), behind]) == [("opened", -3600, 40)]
    assert play(rule, [at(0, 40), behind._replace(value=30)]) == [("opened", 0, 40), ("resolved", 0, 30)]


def test_for_seconds_opens_once_held_and_says_since_when_it_was_due() -> None:
    rule = rule_of(Above(35.0, for_seconds=60))
    assert play(rule, [at(0, 36), at(30, 37), at(59, 36)]) == []
    assert play(rule, [at(0, 36), at(30, 37), at(61, 38)]) == [("opened", 60, 37)]
    assert play(rule, [at(0, 36), at(30, 35), at(61, 38)]) == []


def test_a_tick_opens_what_was_held_even_when_the_device_falls_silent() -> None:
    rule = rule_of(Above(35.0, for_seconds=60))
    assert play(rule, [at(0, 36), tick(59), tick(60), tick(61), tick(300)]) == [("opened", 60, 36)]


def test_a_tick_waits_for_its_watermark() -> None:
    rule = rule_of(Above(35.0, for_seconds=60))
    assert play(rule, [at(0, 36), tick(60)]) == []
    assert play(rule, [at(0, 36), Tick(T0 + 30_000, ahead_ms=3_600_000)]) == []


def test_a_value_that_fell_exactly_at_the_deadline_does_not_open() -> None:
    rule = rule_of(Above(35.0, for_seconds=60))
    assert play(rule, [at(0, 36), tick(60), at(60, 20), tick(90)]) == []


def test_a_device_clock_that_is_an_hour_slow_does_not_open_early() -> None:
    rule = rule_of(Above(35.0, for_seconds=60))
    slow = Sample(T0 - 3_600_000, 36, T0)
    assert play(rule, [slow, tick(30)]) == []
    assert play(rule, [slow, tick(61)]) == [("opened", -3540, 36)]


def test_silence_opens_no_data_and_any_reading_ends_it() -> None:
    rule = rule_of(NoData(60))
    events: list[Sample | Tick] = [at(0, 5), tick(59.9), tick(60), tick(500), at(600, 6), tick(650)]
    assert play(rule, events) == [("opened", 60, 5), ("resolved", 600, 6)]


def test_silence_is_counted_by_the_server_clock_not_the_devices() -> None:
    rule = rule_of(NoData(60))
    hour_slow = [Sample(T0 - 3_600_000 + i * 1000, 5, T0 + i * 1000) for i in range(0, 300, 10)]
    events: list[Sample | Tick] = []
    for sample in hour_slow:
        events += [sample, Tick((sample.received_ms or 0) + 9_000)]
    assert play(rule, events) == []


def test_a_late_sample_still_ends_a_silence() -> None:
    assert play(rule_of(NoData(60)), [at(0, 5), tick(60), Sample(T0 - 5000, 4, T0 + 70_000)]) == [
        ("opened", 60, 5),
        ("resolved", 60, 5),
    ]


def test_lag_is_not_silence() -> None:
    assert play(rule_of(NoData(60)), [at(0, 5), tick(59)]) == []


def test_a_silence_is_told_in_the_time_of_the_wall_clock() -> None:
    assert play(rule_of(NoData(60)), [at(0, 5), Tick(T0 + 60_000, ahead_ms=1_800_000)]) == [("opened", 1860, 5)]


def test_after_a_start_no_data_waits_anew() -> None:
    rule = rule_of(NoData(3600))
    state, _ = step(rule, create_state(rule, T0), at(0, 5))
    now = T0 + 7_200_000
    back = restore_state(rule, to_row(state), Present(T0, 5.0), now)
    assert everything(rule, [Tick(now + 3_599_999)], back) == []
    assert [t.kind for t in everything(rule, [Tick(now + 3_600_000)], back)] == [Change.OPENED]


def test_over_a_hand_over_no_data_waits_on_from_when_the_worker_before_heard_something() -> None:
    rule = rule_of(NoData(3600))
    saved = to_row(create_state(rule, T0))
    heard_ms, now = T0 + 1_000_000, T0 + 3_000_000
    back = restore_state(rule, saved, Present(heard_ms, 5.0), now, heard_ms)
    assert everything(rule, [Tick(heard_ms + 3_599_999)], back) == []
    assert [t.kind for t in everything(rule, [Tick(heard_ms + 3_600_000)], back)] == [Change.OPENED]
    nothing_came = restore_state(rule, saved, None, now, 0)
    assert [t.kind for t in everything(rule, [Tick(T0 + 3_600_000)], nothing_came)] == [Change.OPENED]


def test_a_restart_forgets_neither_an_open_alert_nor_a_pending_one() -> None:
    rule = rule_of(Above(35.0, 34.0))
    state, _ = step(rule, create_state(rule, T0), at(1, 40))
    back = restore_state(rule, to_row(state), Present(T0 + 5_000, 36.0), T0 + 60_000)
    assert play(rule, [at(61, 39), at(62, 33)], back) == [("resolved", 62, 33)]
    held = rule_of(Above(35.0, for_seconds=300))
    state, _ = step(held, create_state(held, T0), at(1, 40))
    back = restore_state(held, to_row(state), Present(T0 + 5_000, 36.0), T0 + 60_000)
    assert play(held, [at(302, 39)], back) == [("opened", 301, 36)]
    assert play(held, [tick(301)], back) == []
    assert play(held, [tick(302)], back) == [("opened", 301, 36)]


def test_a_wait_goes_on_over_a_restart_whose_clock_is_behind() -> None:
    # The steady line then begins at the last time seen, and the present value is of the future.
    rule = rule_of(IsTrue(for_seconds=300))
    state, _ = step(rule, create_state(rule, T0), at(0, 1))
    back = restore_state(rule, to_row(state), Present(T0, 1.0), T0 + 100_000)
    resent = Sample(T0 - 1_800_000, 1, T0 - 1_800_000, T0 + 200_000)
    assert play(rule, [resent, tick(300)], back) == []
    assert [kind for kind, _, _ in play(rule, [resent, tick(301)], back)] == ["opened"]


def test_a_state_saved_by_the_first_release_is_read() -> None:
    rule = rule_of(IsTrue(for_seconds=300), version=4)
    row = (
        b'{"phase":"pending","version":4,"last_ts_ms":1763900001000,"last_value":1.0,"seen_ms":1763900001000,'
        b'"since_ms":1763900000000,"peak":null,"told":null,"told_ms":0,"history":[]}'
    )
    back = restore_state(rule, row, Present(T0 + 1_000, 1.0), T0 + 60_000)
    assert play(rule, [tick(300)], back) == []
    assert play(rule, [tick(301)], back) == [("opened", 300, 1)]


def test_late_samples_are_late_after_a_restart_as_well() -> None:
    rule = rule_of(Above(35.0))
    state, _ = step(rule, create_state(rule, T0), at(1, 20))
    back = restore_state(rule, to_row(state), Present(T0 + 50_000, 21.0), T0 + 60_000)
    assert play(rule, [late(49, 99, 61)], back) == []
    assert play(rule, [late(51, 99, 61)], back) == [("opened", 51, 99)]


def test_the_peak_is_told_at_the_end_and_once_a_minute_meanwhile() -> None:
    rule = rule_of(Above(35.0))
    found = everything(rule, [at(0, 36), at(1, 39), at(2, 37), at(3, 30)])
    assert [(t.kind.value, t.value) for t in found] == [("opened", 36), ("updated", 39), ("resolved", 30)]
    minute = PEAK_EVERY_MS / 1000
    found = everything(rule, [at(0, 36), at(1, 39), at(minute, 38), at(minute + 1, 40), at(minute + 2, 30)])
    assert [(t.kind.value, t.value) for t in found] == [
        ("opened", 36),
        ("updated", 39),
        ("updated", 40),
        ("resolved", 30),
    ]


@pytest.mark.parametrize(
    ("old", "new", "value", "expected"),
    [
        (Above(50.0), Above(30.0), 40, [("opened", 9, 40)]),
        (Above(30.0), Above(50.0), 40, [("resolved", 9, 40)]),
        (Above(30.0), Above(45.0, 35.0), 40, []),  # between the levels: open stays open
        (Above(50.0), Above(45.0, 35.0), 40, []),  # and clear stays clear
        (Below(10.0), Below(50.0), 40, [("opened", 9, 40)]),
        (Outside(0.0, 50.0), Outside(0.0, 30.0), 40, [("opened", 9, 40)]),
        (Above(50.0), Above(30.0, for_seconds=60), 40, []),
    ],
)
def test_another_condition_judges_the_present_value_at_once(
    old: Condition, new: Condition, value: float, expected: list[Brief]
) -> None:
    assert evaluate_now(rule_of(new), after(old, at(1, value)), 9) == expected


def test_a_new_rule_judges_the_present_value_and_waits_from_then_on() -> None:
    now = T0 + 3_600_000
    smoke = rule_of(IsTrue())
    assert evaluate_now(smoke, create_state(smoke, now, Present(T0, 1.0), now), 3600) == [("opened", 3600, 1)]
    door = rule_of(IsTrue(for_seconds=60))
    state, _ = evaluate_present(door, create_state(door, now, Present(T0, 1.0), now), now)
    assert play(door, [tick(3660)], state) == []
    assert play(door, [tick(3661)], state) == [("opened", 3660, 1)]


def test_a_number_of_days_ago_opens_nothing_but_a_door_left_open_does() -> None:
    now = T0 + 3 * 86_400_000
    for condition, opens in ((Above(35.0), False), (IsTrue(), True)):
        rule = rule_of(condition)
        assert bool(evaluate_now(rule, create_state(rule, now, Present(T0, 99.0), now), 3 * 86_400)) is opens


def test_what_is_open_is_resolved_by_a_condition_that_a_value_of_days_ago_does_not_meet() -> None:
    assert evaluate_now(rule_of(Above(50.0)), after(Above(35.0), at(0, 40)), 3 * 86_400) == [
        ("resolved", 3 * 86_400, 40)
    ]


def test_a_wait_begins_anew_under_another_level_and_goes_on_under_another_time() -> None:
    state = after(Above(35.0, for_seconds=60), at(0, 40))
    level, sooner = rule_of(Above(36.0, for_seconds=60)), rule_of(Above(35.0, for_seconds=30))
    moved, _ = evaluate_present(level, state, T0 + 50_000)
    assert play(level, [tick(110)], moved) == []
    assert play(level, [tick(111)], moved) == [("opened", 110, 40)]
    assert rule_of(Above(35.0, for_seconds=60)).fingerprint == sooner.fingerprint
    assert play(sooner, [tick(31)], state) == [("opened", 30, 40)]


def test_between_an_edit_and_its_look_no_tick_fires_and_no_late_sample_is_taken_for_it() -> None:
    state = after(Above(50.0), at(10, 40))
    edited = rule_of(Above(30.0))
    same, _ = step(edited, state, late(5, 20, 11))
    assert same is state
    waiting = after(Above(35.0, for_seconds=60), at(0, 40))
    assert play(rule_of(Above(50.0, for_seconds=60)), [tick(100)], waiting) == []


def test_a_longer_silence_allowed_resolves_what_is_not_silent_for_so_long() -> None:
    state = after(NoData(60), at(0, 5), tick(70))
    assert evaluate_now(rule_of(NoData(600)), state, 100) == [("resolved", 100, 5)]
    assert evaluate_now(rule_of(NoData(90)), state, 100) == []


def test_only_no_data_and_pending_states_need_ticks() -> None:
    held = rule_of(Above(35.0, for_seconds=60))
    pending, _ = step(held, create_state(held, T0), at(1, 40))
    assert needs_tick(held, pending)
    assert not needs_tick(held, create_state(held, T0))
    assert needs_tick(rule_of(NoData(60)), create_state(rule_of(NoData(60)), T0))


def test_a_sample_that_says_nothing_new_need_not_be_saved() -> None:
    rule = rule_of(Above(35.0))
    first = create_state(rule, T0)
    quiet, _ = step(rule, first, at(1, 20))
    opened, _ = step(rule, quiet, at(2, 40))
    assert must_save(None, first)
    assert not must_save(first, quiet)
    assert must_save(quiet, opened)
