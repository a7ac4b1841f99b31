"""The moves between the phases of a rule on a series, and the transitions that alerts learn of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from belvedere.rules.evaluate.rule import CompiledRule
from belvedere.rules.evaluate.state import Phase, RuleState


class Change(StrEnum):
    """The kind of a transition. UPDATED carries a new peak, with its own time, and makes no event and no notice.

    SUSPENDED: over because the rule does not apply any more, whatever the value is.
    REMAINS: opened in an earlier run and still open. It reopens an alert that ended because nothing watched the series.
    """

    OPENED = "opened"
    UPDATED = "updated"
    RESOLVED = "resolved"
    REMAINS = "remains"
    SUSPENDED = "suspended"


class Transition(NamedTuple):
    """A change that the rule's alert follows. ts_ms is on the series' line."""

    kind: Change
    ts_ms: int
    value: float | None


Step = tuple[RuleState, tuple[Transition, ...]]

NOTHING: Final[tuple[Transition, ...]] = ()


def clear(state: RuleState) -> RuleState:
    if state.phase is Phase.CLEAR:
        return state
    return msgspec.structs.replace(state, phase=Phase.CLEAR, since_ms=0, peak=None, told=None, told_ms=0, peak_ms=0)


def open_alert(state: RuleState, ts_ms: int, value: float | None) -> Step:
    new = msgspec.structs.replace(
        state, phase=Phase.OPEN, since_ms=ts_ms, peak=value, peak_ms=ts_ms, told=value, told_ms=ts_ms
    )
    return new, (Transition(Change.OPENED, ts_ms, value),)


def resolve(rule: CompiledRule, state: RuleState, ts_ms: int) -> Step:
    """Resolve an open state, not before its opening; a peak that was not reported yet comes first."""
    ts_ms = max(ts_ms, state.since_ms)
    resolved = Transition(Change.SUSPENDED if rule.suspended else Change.RESOLVED, ts_ms, state.last_value)
    if state.peak != state.told:
        return clear(state), (Transition(Change.UPDATED, state.peak_ms or ts_ms, state.peak), resolved)
    return clear(state), (resolved,)


def adopt_condition(rule: CompiledRule, state: RuleState) -> RuleState:
    """The state under a rule whose condition changed: what is open stays open, a wait ends."""
    if state.fingerprint == rule.fingerprint:
        return state
    state = msgspec.structs.replace(state, fingerprint=rule.fingerprint)
    return clear(state) if state.phase is Phase.PENDING else state
