"""The state of one rule on one series: created, restored at a start, saved."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from belvedere.rules.evaluate.rule import CompiledRule

History = tuple[tuple[int, float], ...]  # (ts_ms, value), oldest first


class Phase(StrEnum):
    """Where a rule stands on a series."""

    CLEAR = "clear"
    PENDING = "pending"
    OPEN = "open"


class Present(NamedTuple):
    """The newest value of a series by effective time: what the page shows."""

    ts_ms: int
    value: float


class RuleState(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of one rule on one series.

    last_ts_ms, last_value: the newest sample. seen_ms: when something last arrived, on the steady line. lag_ms: how
    old that was by the server's clock. fingerprint: of the condition it was evaluated by; 0 in rows of versions that
    had none. since_ms: when it began to raise (PENDING) or was opened (OPEN), on the series' line; else 0.
    peak, peak_ms: the worst value since the opening, and its time (0 in rows of versions that had none). told, told_ms:
    the peak that was last reported, and when.
    history: earlier (ts_ms, value) of a `rate` rule, oldest first.
    """

    phase: Phase
    last_ts_ms: int
    last_value: float | None
    seen_ms: int
    fingerprint: int = 0
    since_ms: int = 0
    peak: float | None = None
    told: float | None = None
    told_ms: int = 0
    history: tuple[tuple[int, float], ...] = ()
    lag_ms: int = 0
    peak_ms: int = 0


def create_state(
    rule: CompiledRule, steady_ms: int, present: Present | None = None, now_ms: int | None = None
) -> RuleState:
    """The state of a rule on a series that it did not watch before; no_data counts from now."""
    if present is None:
        return RuleState(Phase.CLEAR, 0, None, steady_ms, rule.fingerprint)
    seen_ms = steady_ms
    if not rule.silence and now_ms is not None:
        seen_ms -= max(0, now_ms - present.ts_ms)
    return RuleState(Phase.CLEAR, present.ts_ms, present.value, seen_ms, rule.fingerprint)


def restore_state(
    rule: CompiledRule, row: bytes, present: Present | None, steady_ms: int, heard_ms: int | None = None
) -> RuleState:
    """The state after a start: the saved row with the series' present value.

    The wait of no_data begins anew: nothing could arrive while the server was off.
    heard_ms: when the series was last evaluated, given where another worker had it until now; no wait is changed.
    """
    state = from_row(row)
    seen_ms = min(state.seen_ms, steady_ms)
    last_ts_ms, last_value = state.last_ts_ms, state.last_value
    if present is not None:
        seen_ms = min(steady_ms, seen_ms + max(0, present.ts_ms - last_ts_ms))
        last_ts_ms, last_value = present
    if heard_ms is not None:
        seen_ms = max(state.seen_ms, heard_ms)
    elif rule.silence:
        seen_ms = steady_ms
    return msgspec.structs.replace(
        state,
        last_ts_ms=last_ts_ms,
        last_value=last_value,
        seen_ms=seen_ms,
        fingerprint=state.fingerprint or rule.fingerprint,
    )


def restart_wait(state: RuleState, steady_ms: int) -> RuleState:
    """The state of a no_data rule after a time in which nothing could arrive: its wait begins anew."""
    return msgspec.structs.replace(state, seen_ms=max(state.seen_ms, steady_ms))


def needs_tick(rule: CompiledRule, state: RuleState) -> bool:
    """Whether a tick could change the state."""
    return rule.silence or state.phase is Phase.PENDING


def must_save(old: RuleState | None, new: RuleState) -> bool:
    """Whether a restart needs it; False where only what the newest stored reading says as well has changed."""
    return (
        old is None
        or old.phase is not new.phase
        or old.since_ms != new.since_ms
        or old.fingerprint != new.fingerprint
        or old.told_ms != new.told_ms
    )


def must_hand_over(state: RuleState) -> bool:
    """Whether a worker that takes over needs more of the state than the newest reading and its receipt."""
    return bool(state.history) or state.phase is not Phase.CLEAR


def to_row(state: RuleState) -> bytes:
    """The state as JSON for the store, without the history, which is read from the stored readings."""
    if state.history:
        state = msgspec.structs.replace(state, history=())
    return msgspec.json.encode(state)


def from_row(row: bytes | str) -> RuleState:
    """The state that `to_row` wrote."""
    return msgspec.json.decode(row, type=RuleState)
