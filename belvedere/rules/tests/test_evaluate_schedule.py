"""What the edges of a schedule do to a rule: it is suspended outside, and judged anew inside."""

from __future__ import annotations

import pytest

from belvedere.rules.conditions import Above, Below, Condition, IsTrue, NoData, Outside, Rate
from belvedere.rules.evaluate.phases import Change
from belvedere.rules.evaluate.present import evaluate_present
from belvedere.rules.evaluate.rule import compile_rule, suspend_rule
from belvedere.rules.evaluate.state import needs_tick
from belvedere.rules.tests.playing import T0, after, at, evaluate_now, play, rule_of, step, tick

CONDITIONS = [
    (Above(8.0), 9.0),
    (Below(8.0), 7.0),
    (Outside(2.0, 8.0), 9.0),
    (IsTrue(), 1.0),
    (Rate(1.0, "any", 60), 99.0),
    (NoData(for_seconds=60), 9.0),
]


@pytest.mark.parametrize(("condition", "value"), CONDITIONS)
def test_the_end_of_a_schedule_ends_what_is_open_whatever_the_value_is(condition: Condition, value: float) -> None:
    state = after(condition, at(0, 5.0 if value != 1.0 else 0.0), at(30, value), tick(100))
    assert state.phase == "open"
    suspended = suspend_rule(rule_of(condition))
    assert evaluate_now(suspended, state, 200) == [("suspended", 200, state.last_value)]


def test_the_end_is_told_by_the_servers_clock_which_may_be_ahead_of_the_steady_line() -> None:
    state = after(Above(8.0), at(0, 9.0))
    _, (told,) = evaluate_present(suspend_rule(rule_of(Above(8.0))), state, T0 + 200_000, ahead_ms=3_600_000)
    assert told.ts_ms == T0 + 200_000 + 3_600_000


def test_an_alert_about_what_was_never_heard_of_ends_with_the_schedule() -> None:
    condition = NoData(for_seconds=60)
    state = after(condition, tick(100))
    assert (state.phase, state.last_value) == ("open", None)
    assert evaluate_now(suspend_rule(rule_of(condition)), state, 200) == [("suspended", 200, None)]


@pytest.mark.parametrize(("condition", "value"), CONDITIONS)
def test_nothing_raises_a_suspended_rule(condition: Condition, value: float) -> None:
    suspended = suspend_rule(rule_of(condition))
    assert play(suspended, [at(0, 0.0), at(1, value), at(2, -1e9), at(3, 1e9), tick(100_000)]) == []


def test_a_reading_after_the_end_of_a_schedule_resolves_as_well_and_keeps_the_worst() -> None:
    state = after(Above(8.0), at(0, 9.0), at(1, 12.0))
    state, transitions = step(suspend_rule(rule_of(Above(8.0))), state, at(2, 11.0))
    assert [(t.kind, t.value) for t in transitions] == [(Change.UPDATED, 12.0), (Change.SUSPENDED, 11.0)]
    assert state.phase == "clear"


def test_a_wait_that_a_schedule_cuts_off_opens_nothing_and_begins_anew() -> None:
    condition = Above(8.0, for_seconds=300)
    state = after(condition, at(0, 9.0))
    suspended = suspend_rule(rule_of(condition))
    state, transitions = step(suspended, state, at(200, 9.0))
    assert (transitions, needs_tick(suspended, state)) == ((), False)
    assert play(rule_of(condition), [at(400, 9.0), at(600, 9.0), at(701, 9.0)], state) == [("opened", 700, 9.0)]


def test_the_present_value_is_judged_as_the_schedule_begins() -> None:
    state, _ = step(suspend_rule(rule_of(IsTrue())), after(IsTrue()), at(0, 1.0))
    assert evaluate_now(rule_of(IsTrue()), state, 500) == [("opened", 500, 1.0)]


def test_a_silence_counts_from_the_beginning_of_the_schedule() -> None:
    condition = NoData(for_seconds=60)
    rule = rule_of(condition)
    state, _ = step(suspend_rule(rule), after(condition), at(0, 5.0))
    assert play(rule, [tick(500)], state) == [], "it waits until the present is judged"
    state, transitions = evaluate_present(rule, state, T0 + 500_000)
    assert transitions == ()
    assert play(rule, [tick(559), tick(560)], state) == [("opened", 560, 5.0)]


def test_a_condition_that_is_edited_outside_the_schedule_changes_nothing_until_it_begins() -> None:
    one, other = compile_rule(7, 1, 1, Above(8.0)), compile_rule(7, 2, 1, Above(3.0))
    assert suspend_rule(one).fingerprint == suspend_rule(other).fingerprint
    state, _ = step(suspend_rule(one), after(Above(8.0)), at(0, 5.0))
    assert evaluate_now(other, state, 60) == [("opened", 60, 5.0)]
