"""What the passing of time does to the state of a rule."""

from __future__ import annotations

from belvedere.rules.evaluate.phases import NOTHING, Step, open_alert
from belvedere.rules.evaluate.rule import CompiledRule
from belvedere.rules.evaluate.state import Phase, RuleState


def evaluate_tick(rule: CompiledRule, state: RuleState, watermark_ms: int, ahead_ms: int) -> Step:
    """Evaluate the passing of time. A state of another condition waits for `evaluate_present`.

    watermark_ms: on the steady line; everything that arrived up to then has been evaluated. ahead_ms: how far the wall
    clock is ahead of the steady line.
    """
    if state.fingerprint != rule.fingerprint:
        return state, NOTHING
    quiet_ms = watermark_ms - state.seen_ms
    if rule.silence:
        if state.phase is Phase.CLEAR and quiet_ms >= rule.for_ms:
            return open_alert(state, state.seen_ms + rule.for_ms + ahead_ms, state.last_value)
    elif state.phase is Phase.PENDING and state.last_ts_ms + quiet_ms > state.since_ms + rule.for_ms:
        # Strictly later: a sample of the deadline's own millisecond may still clear it.
        return open_alert(state, state.since_ms + rule.for_ms, state.last_value)
    return state, NOTHING
