"""What a new value of a series does to the state of a rule."""

from __future__ import annotations

from typing import Final

import msgspec

from belvedere.rules.evaluate.phases import (
    NOTHING,
    Change,
    Step,
    Transition,
    adopt_condition,
    clear,
    open_alert,
    resolve,
)
from belvedere.rules.evaluate.rate import add_value, measure_rate, select_window
from belvedere.rules.evaluate.rule import CompiledRule
from belvedere.rules.evaluate.state import Phase, RuleState

PEAK_EVERY_MS = 60_000  # a peak that still grows is reported at most this often
MIN_STEP_MS = 1_000  # a smaller step of a clock is ignored: NTP slews, and no wait of whole seconds is changed by it
_CLEAR: Final = Phase.CLEAR


def evaluate_sample(
    rule: CompiledRule, state: RuleState, ts_ms: int, value: float, received_ms: int, steady_ms: int
) -> Step:
    """Evaluate one value at its effective time. received_ms: the server's clock then; steady_ms: the steady line then.

    The first lines are the hot path: a value inside the band of a clear state.
    """
    if (
        rule.low <= value <= rule.high
        and state.phase is _CLEAR
        and rule.plain
        and ts_ms >= state.last_ts_ms
        and state.fingerprint == rule.fingerprint
    ):
        return RuleState(_CLEAR, ts_ms, value, steady_ms, state.fingerprint), NOTHING
    return _evaluate_fully(rule, state, ts_ms, value, received_ms, steady_ms)


def _evaluate_fully(
    rule: CompiledRule, state: RuleState, ts_ms: int, value: float, received_ms: int, steady_ms: int
) -> Step:
    late = ts_ms < state.last_ts_ms <= received_ms
    if rule.silence:
        return _end_silence(rule, state, ts_ms, value, steady_ms, late=late)
    if late:
        return state, NOTHING
    state = _shift_times(adopt_condition(rule, state), ts_ms, steady_ms)
    transitions: list[Transition] = []
    if state.phase is Phase.PENDING and ts_ms > state.since_ms + rule.for_ms:
        state, opened = open_alert(state, state.since_ms + rule.for_ms, state.last_value)
        transitions += opened
    measure: float | None = value
    history = state.history
    if rule.window_ms:
        before = select_window(rule, history, ts_ms)
        measure = measure_rate(rule, before, ts_ms, value) if before else None
        history = add_value(rule, before, ts_ms, value)
    state = msgspec.structs.replace(
        state, last_ts_ms=ts_ms, last_value=value, seen_ms=steady_ms, lag_ms=received_ms - ts_ms, history=history
    )
    if measure is not None:
        state, more = _evaluate_measure(rule, state, measure)
        transitions += more
    return state, tuple(transitions)


def _shift_times(state: RuleState, ts_ms: int, steady_ms: int) -> RuleState:
    """Shift the times on the series' line where a clock was set between the last sample and this one.

    At most the time on the steady line, plus the age of the last sample at its receipt, can have passed between them.
    """
    if state.phase is _CLEAR and not state.history:
        return state
    passed, claimed = steady_ms - state.seen_ms, ts_ms - state.last_ts_ms
    # A step back, or a longer one than can be; anything between is the time that passed.
    step_ms = claimed - passed if claimed < 0 else max(0, claimed - passed - state.lag_ms)
    if -MIN_STEP_MS < step_ms < MIN_STEP_MS:
        return state
    return msgspec.structs.replace(
        state,
        # The opening of an open alert has been reported with its time.
        since_ms=state.since_ms + step_ms if state.phase is Phase.PENDING else state.since_ms,
        told_ms=state.told_ms + step_ms if state.phase is Phase.OPEN else 0,
        peak_ms=state.peak_ms + step_ms if state.phase is Phase.OPEN and state.peak_ms else 0,
        history=tuple((then + step_ms, value) for then, value in state.history),
    )


def _evaluate_measure(rule: CompiledRule, state: RuleState, measure: float) -> Step:
    """Move between the phases by the last sample of `state`. measure: its value, or its change a minute."""
    raises = not rule.low <= measure <= rule.high
    if state.phase is Phase.OPEN:
        if rule.clear_low <= measure <= rule.clear_high:
            return resolve(rule, state, state.last_ts_ms)
        return _follow_peak(rule, state)
    if not raises:
        return clear(state), NOTHING
    if state.phase is Phase.CLEAR and rule.for_ms:
        return msgspec.structs.replace(state, phase=Phase.PENDING, since_ms=state.last_ts_ms), NOTHING
    if state.last_ts_ms >= state.since_ms + rule.for_ms:
        return open_alert(state, state.last_ts_ms, state.last_value)
    return state, NOTHING


def _end_silence(rule: CompiledRule, state: RuleState, ts_ms: int, value: float, steady_ms: int, *, late: bool) -> Step:
    """no_data: any sample, late or not, ends the silence."""
    state = msgspec.structs.replace(state, seen_ms=steady_ms, fingerprint=rule.fingerprint)
    if not late:
        state = msgspec.structs.replace(state, last_ts_ms=ts_ms, last_value=value)
    if state.phase is Phase.OPEN:
        return resolve(rule, state, ts_ms)
    return state, NOTHING


def _follow_peak(rule: CompiledRule, state: RuleState) -> Step:
    """Remember a new peak, and report it at most every PEAK_EVERY_MS."""
    value, ts_ms = state.last_value, state.last_ts_ms
    if (
        rule.plain
        and value is not None
        and (state.peak is None or _compute_excess(rule, value) > _compute_excess(rule, state.peak))
    ):
        state = msgspec.structs.replace(state, peak=value, peak_ms=ts_ms)
    if state.peak == state.told or ts_ms < state.told_ms + PEAK_EVERY_MS:
        return state, NOTHING
    reported = msgspec.structs.replace(state, told=state.peak, told_ms=ts_ms)
    return reported, (Transition(Change.UPDATED, state.peak_ms or ts_ms, state.peak),)


def _compute_excess(rule: CompiledRule, value: float) -> float:
    """How far the value is outside the band; negative inside."""
    return max(value - rule.high, rule.low - value)
