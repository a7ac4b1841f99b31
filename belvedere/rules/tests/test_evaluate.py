from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belvedere.rules.conditions import Above, Below, Condition, IsTrue, NoData, Outside, Rate
from belvedere.rules.evaluate import (
    PEAK_EVERY_MS,
    RATE_SLOTS,
    START_GRACE_MS,
    Change,
    CompiledRule,
    Phase,
    RuleState,
    Sample,
    Tick,
    Transition,
    adopt,
    compile_rule,
    from_row,
    initial_state,
    must_save,
    needs_tick,
    restored_state,
    step,
    to_row,
)

T0 = 1_763_900_000_000
Brief = tuple[str, int, float | None]


def rule_of(condition: Condition, version: int = 1) -> CompiledRule:
    return compile_rule(7, version, 1, condition)


def play(rule: CompiledRule, events: Iterable[Sample | Tick], state: RuleState | None = None) -> list[Brief]:
    """The transitions, with seconds after T0; peaks left out."""
    return [
        (t.kind.value, (t.ts_ms - T0) // 1000, t.value)
        for t in everything(rule, events, state)
        if t.kind is not Change.UPDATED
    ]


def everything(rule: CompiledRule, events: Iterable[Sample | Tick], state: RuleState | None = None) -> list[Transition]:
    state = state or initial_state(rule, T0)
    found: list[Transition] = []
    for event in events:
        state, transitions = step(rule, state, event)
        found += transitions
    return found


def at(second: float, value: float) -> Sample:
    return Sample(T0 + int(second * 1000), value)


def tick(second: float) -> Tick:
    return Tick(T0 + int(second * 1000) + 500, T0 + int(second * 1000))


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


def test_is_true_opens_on_1_and_clears_on_0() -> None:
    assert play(rule_of(IsTrue()), [at(1, 0), at(2, 1), at(3, 1), at(4, 0)]) == [("opened", 2, 1), ("resolved", 4, 0)]


def test_a_late_sample_neither_opens_nor_clears() -> None:
    rule = rule_of(Above(35.0))
    assert play(rule, [at(10, 30), at(9, 99), at(10, 99)]) == []
    assert play(rule, [at(10, 40), at(9, 20), at(10, 20)]) == [("opened", 10, 40)]


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
    assert play(rule, [at(0, 36), Tick(T0 + 500_000, T0 + 30_000)]) == []


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
        events += [sample, Tick(sample.received_ms or 0, (sample.received_ms or 0) + 9_000)]
    assert play(rule, events) == []


def test_a_late_sample_still_ends_a_silence() -> None:
    assert play(rule_of(NoData(60)), [at(0, 5), tick(60), Sample(T0 - 5000, 4, T0 + 70_000)]) == [
        ("opened", 60, 5),
        ("resolved", 60, 5),
    ]


def test_lag_is_not_silence() -> None:
    assert play(rule_of(NoData(60)), [at(0, 5), Tick(T0 + 900_000, T0 + 59_000)]) == []


def test_after_a_start_no_data_counts_on_but_leaves_a_grace() -> None:
    rule = rule_of(NoData(3600))
    now = T0 + 7_200_000
    state = restored_state(rule, None, T0, 5.0, now)
    assert everything(rule, [Tick(now, now + START_GRACE_MS - 1)], state) == []
    assert [t.kind for t in everything(rule, [Tick(now, now + START_GRACE_MS)], state)] == [Change.OPENED]


def test_a_restart_forgets_neither_an_open_alert_nor_a_pending_one() -> None:
    rule = rule_of(Above(35.0, 34.0))
    state, _ = step(rule, initial_state(rule, T0), at(1, 40))
    back = restored_state(rule, to_row(state), T0 + 5_000, 36.0, T0 + 60_000)
    assert play(rule, [at(61, 39), at(62, 33)], back) == [("resolved", 62, 33)]
    held = rule_of(Above(35.0, for_seconds=300))
    state, _ = step(held, initial_state(held, T0), at(1, 40))
    back = restored_state(held, to_row(state), T0 + 5_000, 36.0, T0 + 60_000)
    assert play(held, [at(302, 39)], back) == [("opened", 301, 36)]


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


def test_rate_keeps_a_bounded_history_however_fast_the_series() -> None:
    rule = rule_of(Rate(5.0, "any", 60))
    state = initial_state(rule, T0)
    for i in range(5_000):
        state, _ = step(rule, state, Sample(T0 + i * 20, 20.0))
    assert len(state.history) <= RATE_SLOTS + 2


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


def test_an_edited_rule_keeps_what_is_open_and_judges_it_by_the_new_condition() -> None:
    old, new = rule_of(Above(35.0)), rule_of(Above(50.0), version=2)
    state, _ = step(old, initial_state(old, T0), at(1, 40))
    assert play(new, [at(2, 41)], state) == [("resolved", 2, 41)]
    pending_rule = rule_of(Above(35.0, for_seconds=60))
    state, _ = step(pending_rule, initial_state(pending_rule, T0), at(1, 40))
    assert adopt(new, state).phase is Phase.CLEAR


def test_only_no_data_and_pending_states_need_ticks() -> None:
    held = rule_of(Above(35.0, for_seconds=60))
    pending, _ = step(held, initial_state(held, T0), at(1, 40))
    assert needs_tick(held, pending)
    assert not needs_tick(held, initial_state(held, T0))
    assert needs_tick(rule_of(NoData(60)), initial_state(rule_of(NoData(60)), T0))


def test_a_sample_that_says_nothing_new_need_not_be_saved() -> None:
    rule = rule_of(Above(35.0))
    first = initial_state(rule, T0)
    quiet, _ = step(rule, first, at(1, 20))
    opened, _ = step(rule, quiet, at(2, 40))
    assert must_save(None, first)
    assert not must_save(first, quiet)
    assert must_save(quiet, opened)


CONDITIONS = st.one_of(
    st.builds(
        lambda level, gap, held: Above(level, level - gap, held),
        st.floats(-5, 5),
        st.floats(0, 3),
        st.integers(0, 20),
    ),
    st.builds(
        lambda level, gap, held: Below(level, level + gap, held),
        st.floats(-5, 5),
        st.floats(0, 3),
        st.integers(0, 20),
    ),
    st.builds(
        lambda low, size, held: Outside(low, low + size, size / 3, held),
        st.floats(-5, 5),
        st.floats(0.1, 5),
        st.integers(0, 20),
    ),
    st.builds(IsTrue, st.integers(0, 20)),
    st.builds(NoData, st.integers(1, 20)),
    st.builds(Rate, st.floats(0.1, 20), st.sampled_from(["up", "down", "any"]), st.integers(1, 60), st.integers(0, 20)),
)
SAMPLES = st.lists(
    st.tuples(st.integers(-2_000, 8_000), st.floats(-8, 8)), max_size=40
)  # (ms since the last one, sometimes back in time; value)


def timeline(steps: list[tuple[int, float]]) -> list[Sample]:
    now, found = T0, []
    for gap, value in steps:
        now += gap
        found.append(Sample(now, value))
    return found


@given(CONDITIONS, SAMPLES, st.data())
def test_opened_and_resolved_alternate_and_time_never_runs_back(
    condition: Condition, steps: list[tuple[int, float]], data: st.DataObject
) -> None:
    rule, received = rule_of(condition), T0
    events: list[Sample | Tick] = []
    for sample in timeline(steps):
        received += data.draw(st.integers(0, 9_000))
        events += [sample._replace(received_ms=received), Tick(received, received + data.draw(st.integers(0, 20_000)))]
    found = [t for t in everything(rule, events) if t.kind is not Change.UPDATED]
    assert [t.kind for t in found] == [(Change.OPENED, Change.RESOLVED)[i % 2] for i in range(len(found))]
    for opened, resolved in zip(found[::2], found[1::2], strict=False):
        assert opened.ts_ms <= resolved.ts_ms


@given(CONDITIONS.filter(lambda c: not isinstance(c, NoData)), SAMPLES)
def test_ticks_bring_transitions_in_time_but_change_none(condition: Condition, steps: list[tuple[int, float]]) -> None:
    rule, samples = rule_of(condition), timeline(steps)
    newest, with_ticks = T0, list[Sample | Tick]()
    for sample in samples:
        newest = max(newest, sample.ts_ms)
        with_ticks += [Tick(sample.ts_ms, t) for t in (sample.ts_ms - 1, sample.ts_ms)]
        with_ticks.append(sample)
    assert play(rule, with_ticks) == play(rule, samples)


@given(CONDITIONS, SAMPLES, st.integers(0, 100_000))
def test_a_tick_twice_is_a_tick_once(condition: Condition, steps: list[tuple[int, float]], later: int) -> None:
    rule = rule_of(condition)
    state = initial_state(rule, T0)
    for sample in timeline(steps):
        state, _ = step(rule, state, sample)
    once, _ = step(rule, state, Tick(T0, T0 + later))
    again, transitions = step(rule, once, Tick(T0, T0 + later))
    assert again is once
    assert transitions == ()


@given(SAMPLES, st.floats(-5, 5), st.floats(0, 3))
def test_between_clear_and_level_nothing_ever_changes(steps: list[tuple[int, float]], level: float, gap: float) -> None:
    rule = rule_of(Above(level, level - gap))
    state = initial_state(rule, T0)
    for sample in timeline(steps):
        before = state
        state, _ = step(rule, state, sample)
        if level - gap < sample.value <= level:
            assert state.phase is before.phase


@given(CONDITIONS, SAMPLES)
def test_a_state_comes_back_from_its_row(condition: Condition, steps: list[tuple[int, float]]) -> None:
    rule = rule_of(condition)
    state = initial_state(rule, T0)
    for sample in timeline(steps):
        state, _ = step(rule, state, sample)
    back = from_row(to_row(state))
    assert (back.phase, back.since_ms, back.peak, back.version) == (
        state.phase,
        state.since_ms,
        state.peak,
        state.version,
    )
