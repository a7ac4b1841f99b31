"""The change a minute, and the values that a `rate` rule remembers."""

from __future__ import annotations

import msgspec
import pytest

from belvedere.rules.conditions import Rate
from belvedere.rules.evaluate.rate import RATE_SLOTS, add_value, stays_slow, thin_history
from belvedere.rules.evaluate.state import Present, create_state, restore_state, to_row
from belvedere.rules.tests.playing import (
    T0,
    Sample,
    after,
    at,
    play,
    rule_of,
    step,
)


@pytest.mark.parametrize(
    ("direction", "values", "opens"),
    [("up", [20, 26], True), ("down", [20, 26], False), ("any", [20, 14], True), ("down", [20, 14], True)],
)
def test_rate_looks_in_its_direction(direction: str, values: list[float], opens: bool) -> None:
    rule = rule_of(Rate(5.0, direction, 60))  # type: ignore[arg-type]  # parametrised with plain text
    assert bool(play(rule, [at(i * 60, v) for i, v in enumerate(values)])) is opens


def test_rate_needs_more_than_the_limit_within_its_window() -> None:
    rule = rule_of(Rate(5.0, "up", 60))
    assert play(rule, [at(0, 20), at(60, 25)]) == []
    assert play(rule, [at(0, 20), at(10, 25.1)]) == [("opened", 10, 25.1)]
    assert play(rule, [at(0, 20), at(1, 20.2)]) == []


def test_rate_of_a_series_slower_than_its_window_is_taken_over_the_gap() -> None:
    rule = rule_of(Rate(1.0, "up", 60))
    assert play(rule, [at(0, 20), at(600, 29)]) == []
    assert play(rule, [at(0, 20), at(600, 31)]) == [("opened", 600, 31)]


def test_rate_resolves_when_the_jump_has_left_the_window() -> None:
    rule = rule_of(Rate(5.0, "up", 60))
    events = [at(0, 20), at(30, 30)] + [at(30 + 10 * i, 30) for i in range(1, 12)]
    assert [brief[0] for brief in play(rule, events)] == ["opened", "resolved"]


def test_a_jump_that_left_the_window_between_two_readings_resolves_at_the_next_one() -> None:
    rule = rule_of(Rate(5.0, "up", 60))
    assert play(rule, [at(0, 20), at(1, 30), at(5, 30), at(70, 30)]) == [("opened", 1, 30), ("resolved", 70, 30)]


def test_rate_keeps_a_bounded_history_however_fast_the_series() -> None:
    rule = rule_of(Rate(5.0, "any", 60))
    state = create_state(rule, T0)
    for i in range(5_000):
        state, _ = step(rule, state, Sample(T0 + i * 20, 20.0))
    assert len(state.history) <= RATE_SLOTS + 2


def test_an_open_rate_alert_waits_for_its_window_before_it_is_judged() -> None:
    rule = rule_of(Rate(5.0, "up", 60))
    state = after(Rate(5.0, "up", 60), at(0, 20), at(30, 30))
    back = restore_state(rule, to_row(state), Present(T0 + 30_000, 30.0), T0 + 40_000)
    assert play(rule, [at(40, 30)], back) == []
    window = thin_history(rule, [(T0, 20.0), (T0 + 30_000, 30.0)])
    assert play(rule, [at(40, 30)], msgspec.structs.replace(back, history=window)) == []
    calm = [at(40 + 10 * i, 30) for i in range(8)]
    assert play(rule, calm, msgspec.structs.replace(back, history=window)) == [("resolved", 90, 30)]


def test_a_refilled_window_is_thinned_like_one_that_was_watched() -> None:
    rule = rule_of(Rate(5.0, "any", 60))
    state = create_state(rule, T0)
    for i in range(1_000):
        state, _ = step(rule, state, Sample(T0 + i * 20, float(i)))
    assert thin_history(rule, [(T0 + i * 20, float(i)) for i in range(1_000)]) == state.history


@pytest.mark.parametrize(
    ("history", "values", "calm"),
    [
        ((), [20.0, 30.0], True),
        ((), [20.0, 30.1], False),
        ((25.0,), [20.0, 30.0], True),
        ((19.9,), [20.0, 30.0], False),
        ((30.1,), [20.0, 30.0], False),
        ((20.0, 30.1), [25.0], False),
        ((25.0,), [25.0, 25.0], True),
    ],
)
def test_values_that_lie_near_enough_together_cannot_raise_whatever_their_order(
    history: tuple[float, ...], values: list[float], calm: bool
) -> None:
    """5 a minute over two minutes: exactly 10 do not raise."""
    known = tuple((T0 + at_ms, value) for at_ms, value in enumerate(history)) or ((T0, values[0]),)
    assert stays_slow(rule_of(Rate(5.0, "any", 120)), known, values) is calm


def test_a_value_is_remembered_once_a_slot_of_the_window_has_passed() -> None:
    rule = rule_of(Rate(5.0, "any", 33))  # 33,000 / 32 slots is 1,031.25: 1,031 ms are enough
    first = ((T0, 20.0),)
    assert add_value(rule, first, T0 + 1_030, 21.0) == first
    assert add_value(rule, first, T0 + 1_031, 21.0) == (*first, (T0 + 1_031, 21.0))
