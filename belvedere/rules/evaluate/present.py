"""What a new condition, or a start of the server, finds at the present value of a series."""

from __future__ import annotations

import msgspec

from belvedere.rules.conditions import IsTrue
from belvedere.rules.evaluate.phases import NOTHING, Change, Step, Transition, adopt_condition, open_alert, resolve
from belvedere.rules.evaluate.rate import measure_rate
from belvedere.rules.evaluate.rule import SUSPENDED_FINGERPRINT, CompiledRule
from belvedere.rules.evaluate.state import Phase, RuleState, restart_wait

STALE_MS = 86_400_000  # a number this old says nothing about now; a door that was left open still is


def evaluate_present(rule: CompiledRule, state: RuleState, steady_ms: int, ahead_ms: int = 0) -> Step:
    """Evaluate the present value by a new condition, since a smoke or door sensor may send nothing more.

    An open state stays open until the new condition clears it. For `rate`, `history` holds the window.
    """
    if rule.silence and state.fingerprint == SUSPENDED_FINGERPRINT:
        state = restart_wait(state, steady_ms)  # like every wait, it counts inside the schedule alone
    quiet_ms = steady_ms - state.seen_ms
    state = adopt_condition(rule, state)
    if rule.suspended:
        return resolve(rule, state, steady_ms + ahead_ms) if state.phase is Phase.OPEN else (state, NOTHING)
    if rule.silence:
        over = state.phase is Phase.OPEN and quiet_ms < rule.for_ms
        return resolve(rule, state, steady_ms + ahead_ms) if over else (state, NOTHING)
    now_ms = state.last_ts_ms + quiet_ms
    value = state.last_value
    if value is None or (rule.window_ms and not state.history):
        return state, NOTHING
    measure = measure_rate(rule, state.history, state.last_ts_ms, value) if rule.window_ms else value
    if state.phase is Phase.OPEN:
        return resolve(rule, state, now_ms) if rule.clear_low <= measure <= rule.clear_high else (state, NOTHING)
    stale = quiet_ms > STALE_MS and not isinstance(rule.condition, IsTrue)
    if stale or rule.low <= measure <= rule.high:
        return state, NOTHING
    if rule.for_ms:
        return msgspec.structs.replace(state, phase=Phase.PENDING, since_ms=now_ms), NOTHING
    return open_alert(state, now_ms, value)


def evaluate_after_start(rule: CompiledRule, state: RuleState, steady_ms: int) -> Step:
    """Evaluate the present value of a restored state whose condition did not change.

    The rule may have been off for a time that the pipeline did not see: its alert ended, values were not evaluated.
    """
    transitions = NOTHING
    if rule.plain and state.phase is not Phase.PENDING:  # a pending one goes on waiting
        state, transitions = evaluate_present(rule, state, steady_ms)
    if state.phase is Phase.OPEN and not transitions:
        value = state.last_value if state.peak is None else state.peak
        transitions = (Transition(Change.REMAINS, state.since_ms, value),)
    return state, transitions
