"""What holds for every rule and every order of samples and ticks."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from belvedere.rules.conditions import Above, Below, Condition, IsTrue, NoData, Outside, Rate
from belvedere.rules.evaluate.phases import Change
from belvedere.rules.evaluate.state import create_state, from_row, to_row
from belvedere.rules.tests.playing import (
    T0,
    Sample,
    Tick,
    everything,
    play,
    rule_of,
    step,
)

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
        events += [sample._replace(received_ms=received), Tick(received + data.draw(st.integers(0, 20_000)))]
    found = [t for t in everything(rule, events) if t.kind is not Change.UPDATED]
    assert [t.kind for t in found] == [(Change.OPENED, Change.RESOLVED)[i % 2] for i in range(len(found))]
    for opened, resolved in zip(found[::2], found[1::2], strict=False):
        assert opened.ts_ms <= resolved.ts_ms


@given(CONDITIONS.filter(lambda c: not isinstance(c, NoData)), SAMPLES)
def test_ticks_bring_transitions_in_time_but_change_none(condition: Condition, steps: list[tuple[int, float]]) -> None:
    rule, samples = rule_of(condition), timeline(steps)
    newest, with_ticks = T0, list[Sample | Tick]()
    for place, sample in enumerate(samples):
        newest = max(newest, sample.ts_ms)
        samples[place] = sample._replace(received_ms=newest)
        with_ticks += [Tick(newest - 1), Tick(newest), samples[place]]
    assert play(rule, with_ticks) == play(rule, samples)


@given(
    CONDITIONS,
    st.lists(st.tuples(st.integers(0, 8_000), st.floats(-8, 8), st.sampled_from([0, 0, 0, 3_600_000, -3_600_000]))),
)
def test_a_step_of_the_clock_neither_fires_nor_delays_anything(
    condition: Condition, steps: list[tuple[int, float, int]]
) -> None:
    rule = rule_of(condition)
    calm = stepped = create_state(rule, T0)
    steady, ahead = T0, 0
    for gap, value, by in steps:
        steady, ahead = steady + gap, ahead + by
        for tick_ms in (steady - 1, steady):
            calm, expected = step(rule, calm, Tick(tick_ms))
            stepped, found = step(rule, stepped, Tick(tick_ms, ahead))
            assert [t.kind for t in found] == [t.kind for t in expected]
        calm, expected = step(rule, calm, Sample(steady, value))
        stepped, found = step(rule, stepped, Sample(steady + ahead, value, steady + ahead, steady))
        assert [(t.kind, t.value) for t in found] == [(t.kind, t.value) for t in expected]


@given(CONDITIONS, SAMPLES, st.integers(0, 100_000))
def test_a_tick_twice_is_a_tick_once(condition: Condition, steps: list[tuple[int, float]], later: int) -> None:
    rule = rule_of(condition)
    state = create_state(rule, T0)
    for sample in timeline(steps):
        state, _ = step(rule, state, sample)
    once, _ = step(rule, state, Tick(T0 + later))
    again, transitions = step(rule, once, Tick(T0 + later))
    assert again is once
    assert transitions == ()


@given(SAMPLES, st.floats(-5, 5), st.floats(0, 3))
def test_between_clear_and_level_nothing_ever_changes(steps: list[tuple[int, float]], level: float, gap: float) -> None:
    rule = rule_of(Above(level, level - gap))
    state = create_state(rule, T0)
    for sample in timeline(steps):
        before = state
        state, _ = step(rule, state, sample)
        if level - gap < sample.value <= level:
            assert state.phase is before.phase


@given(CONDITIONS, SAMPLES)
def test_a_state_comes_back_from_its_row(condition: Condition, steps: list[tuple[int, float]]) -> None:
    rule = rule_of(condition)
    state = create_state(rule, T0)
    for sample in timeline(steps):
        state, _ = step(rule, state, sample)
    back = from_row(to_row(state))
    assert back == msgspec.structs.replace(state, history=())
