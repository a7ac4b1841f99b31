"""One rule on one series, as a pure function: (rule, state, sample or tick) -> (state, what changed).

    CLEAR --raises--> PENDING --held for_seconds--> OPEN --clears--> CLEAR
      \\_______________raises, for_seconds = 0________/

Times. A sample counts at its own time (ts_ms), and one that is not newer than the last is *late*: stored,
not evaluated. `received_ms` is the server's clock at receipt: silence is measured from it, so a device
whose clock is wrong is not silent. A tick can fire only what its *watermark* has passed (all that was
received up to then is evaluated), because lag is not silence. With or without ticks the same samples give
the same transitions; ticks only make them come in time.

Cost. `on_sample` with nothing to say builds one struct: ~0.4 us (bench/ has the figure). States are
immutable, so a transaction that fails just drops the new ones.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from belvedere.rules.conditions import Above, Below, Condition, IsTrue, NoData, Outside, Rate

START_GRACE_MS = 60_000  # after a start devices get this long to reconnect before no_data may fire
PEAK_EVERY_MS = 60_000  # a peak that still grows is reported at most this often
RATE_SLOTS = 32  # values kept of a rate window, evenly spaced, however fast the series is


class Phase(StrEnum):
    """Where a rule stands on a series."""

    CLEAR = "clear"
    PENDING = "pending"
    OPEN = "open"


class Change(StrEnum):
    """What a transition says. UPDATED only carries a new peak: no event, no notice."""

    OPENED = "opened"
    UPDATED = "updated"
    RESOLVED = "resolved"


class Sample(NamedTuple):
    """One value of a series. received_ms: the server's clock at receipt; None = the same as ts_ms."""

    ts_ms: int
    value: float
    received_ms: int | None = None


class Tick(NamedTuple):
    """Time went on. watermark_ms: everything received up to then has been evaluated."""

    now_ms: int
    watermark_ms: int


class Transition(NamedTuple):
    """Something an alert has to learn. ts_ms is on the series' own time line."""

    kind: Change
    ts_ms: int
    value: float | None


class CompiledRule(NamedTuple):
    """A rule in the form that `on_sample` wants: every kind is a band that values are compared with.

    Raises when not low <= x <= high, clears when clear_low <= x <= clear_high, where x is the value, or for
    `rate` the change a minute. window_ms: 0 but for `rate`. silence: the rule is no_data.
    plain: x is the value itself and every sample is evaluated the same way (not rate, not no_data).
    """

    id: int
    version: int
    site_id: int
    condition: Condition
    low: float
    high: float
    clear_low: float
    clear_high: float
    for_ms: int
    plain: bool = True
    silence: bool = False
    window_ms: int = 0
    direction: int = 0


class RuleState(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of one rule on one series.

    since_ms: when it began to raise (PENDING) or was opened (OPEN), on the series' time line; else 0.
    last_ts_ms, last_value: the newest sample. seen_ms: the server's clock when something last arrived.
    peak: the worst value since the opening. told, told_ms: the peak that was last reported, and when.
    history: earlier (ts_ms, value) of a `rate` rule, oldest first.
    """

    phase: Phase
    version: int
    last_ts_ms: int
    last_value: float | None
    seen_ms: int
    since_ms: int = 0
    peak: float | None = None
    told: float | None = None
    told_ms: int = 0
    history: tuple[tuple[int, float], ...] = ()


Step = tuple[RuleState, tuple[Transition, ...]]

NOTHING: Final[tuple[Transition, ...]] = ()
_CLEAR: Final = Phase.CLEAR
_INF: Final = math.inf
_DIRECTIONS: Final = {"up": 1, "down": -1, "any": 0}


def compile_rule(rule_id: int, version: int, site_id: int, condition: Condition) -> CompiledRule:
    """Turn a checked condition into its band."""
    head = (rule_id, version, site_id, condition)
    for_ms = condition.for_seconds * 1000
    match condition:
        case Above(level=level, clear=clear):
            return CompiledRule(*head, -_INF, level, -_INF, level if clear is None else clear, for_ms)
        case Below(level=level, clear=clear):
            return CompiledRule(*head, level, _INF, level if clear is None else clear, _INF, for_ms)
        case Outside(low=low, high=high, clear=margin):
            return CompiledRule(*head, low, high, low + margin, high - margin, for_ms)
        case IsTrue():
            return CompiledRule(*head, -_INF, 0.0, -_INF, 0.0, for_ms)
        case NoData():
            return CompiledRule(*head, -_INF, _INF, -_INF, _INF, for_ms, plain=False, silence=True)
        case Rate(per_minute=limit, direction=direction, window_seconds=window):
            sign = _DIRECTIONS[direction]
            return CompiledRule(
                *head, -_INF, limit, -_INF, limit, for_ms, plain=False, window_ms=window * 1000, direction=sign
            )


def initial_state(rule: CompiledRule, now_ms: int) -> RuleState:
    """The state of a rule on a series it has not watched so far; no_data counts from now."""
    return RuleState(Phase.CLEAR, rule.version, 0, None, now_ms)


def restored_state(
    rule: CompiledRule, row: bytes | None, last_ts_ms: int, last_value: float | None, now_ms: int
) -> RuleState:
    """The state after a start: the saved row, if any, brought up to the series' newest reading.

    no_data goes on counting from that reading, but leaves devices START_GRACE_MS to reconnect.
    """
    state = from_row(row) if row else initial_state(rule, now_ms)
    seen_ms = min(now_ms, max(last_ts_ms, now_ms - max(0, rule.for_ms - START_GRACE_MS)))
    if last_ts_ms >= state.last_ts_ms:
        state = msgspec.structs.replace(state, last_ts_ms=last_ts_ms, last_value=last_value)
    return msgspec.structs.replace(adopt(rule, state), seen_ms=seen_ms)


def adopt(rule: CompiledRule, state: RuleState) -> RuleState:
    """The state under an edited rule: what is open stays open until the new condition clears it."""
    if state.version == rule.version:
        return state
    if state.phase is Phase.OPEN:
        return msgspec.structs.replace(state, version=rule.version, history=())
    return RuleState(Phase.CLEAR, rule.version, state.last_ts_ms, state.last_value, state.seen_ms)


def step(rule: CompiledRule, state: RuleState, event: Sample | Tick) -> Step:
    """One event. Returns the same state object where nothing moved."""
    if isinstance(event, Tick):
        return on_tick(rule, state, event.watermark_ms)
    received_ms = event.ts_ms if event.received_ms is None else event.received_ms
    return on_sample(rule, state, event.ts_ms, event.value, received_ms)


def on_sample(rule: CompiledRule, state: RuleState, ts_ms: int, value: float, received_ms: int) -> Step:
    """`step` for a sample, without the tuple around it: for the loop that does nothing else."""
    if (
        rule.low <= value <= rule.high
        and state.phase is _CLEAR
        and rule.plain
        and ts_ms > state.last_ts_ms
        and state.version == rule.version
    ):
        return RuleState(_CLEAR, state.version, ts_ms, value, received_ms), NOTHING
    return _on_rare_sample(rule, adopt(rule, state), ts_ms, value, received_ms)


def on_tick(rule: CompiledRule, state: RuleState, watermark_ms: int) -> Step:
    """`step` for a tick."""
    state = adopt(rule, state)
    quiet_ms = watermark_ms - state.seen_ms
    if rule.silence:
        if state.phase is Phase.CLEAR and quiet_ms >= rule.for_ms:
            return _opened(state, state.seen_ms + rule.for_ms, state.last_value)
    elif state.phase is Phase.PENDING and state.last_ts_ms + quiet_ms > state.since_ms + rule.for_ms:
        # Strictly later: a sample of the deadline's own millisecond would still have a say.
        return _opened(state, state.since_ms + rule.for_ms, state.last_value)
    return state, NOTHING


def needs_tick(rule: CompiledRule, state: RuleState) -> bool:
    """Whether a tick could change anything."""
    return rule.silence or state.phase is Phase.PENDING


def must_save(old: RuleState | None, new: RuleState) -> bool:
    """Whether a restart would notice: False when only what the latest reading tells again has moved."""
    return (
        old is None
        or old.phase is not new.phase
        or old.since_ms != new.since_ms
        or old.version != new.version
        or old.told_ms != new.told_ms
    )


def to_row(state: RuleState) -> bytes:
    """The state as JSON for the store, without the history (a window fills again by itself)."""
    if state.history:
        state = msgspec.structs.replace(state, history=())
    return msgspec.json.encode(state)


def from_row(row: bytes | str) -> RuleState:
    """The state that `to_row` wrote."""
    return msgspec.json.decode(row, type=RuleState)


def _on_rare_sample(rule: CompiledRule, state: RuleState, ts_ms: int, value: float, received_ms: int) -> Step:
    if rule.silence:
        return _on_arrival(state, ts_ms, value, received_ms)
    if ts_ms <= state.last_ts_ms:
        return state, NOTHING
    transitions: list[Transition] = []
    if state.phase is Phase.PENDING and ts_ms > state.since_ms + rule.for_ms:
        state, opened = _opened(state, state.since_ms + rule.for_ms, state.last_value)
        transitions += opened
    measure = _rate(rule, state, ts_ms, value) if rule.window_ms else value
    state = msgspec.structs.replace(state, last_ts_ms=ts_ms, last_value=value, seen_ms=received_ms)
    if rule.window_ms:
        state = msgspec.structs.replace(state, history=_remembered(rule, state))
    state, more = _judged(rule, state, measure)
    return state, (*transitions, *more)


def _judged(rule: CompiledRule, state: RuleState, measure: float) -> Step:
    """Move between phases by the sample that `state` holds as its last."""
    raises = not rule.low <= measure <= rule.high
    if state.phase is Phase.OPEN:
        if rule.clear_low <= measure <= rule.clear_high:
            return _resolved(state, state.last_ts_ms)
        return _still_open(rule, state)
    if not raises:
        return _cleared(state), NOTHING
    if state.phase is Phase.CLEAR and rule.for_ms:
        return msgspec.structs.replace(state, phase=Phase.PENDING, since_ms=state.last_ts_ms), NOTHING
    if state.last_ts_ms >= state.since_ms + rule.for_ms:
        return _opened(state, state.last_ts_ms, state.last_value)
    return state, NOTHING


def _on_arrival(state: RuleState, ts_ms: int, value: float, received_ms: int) -> Step:
    """no_data: whatever arrives, late or not, ends the silence."""
    if ts_ms > state.last_ts_ms:
        state = msgspec.structs.replace(state, last_ts_ms=ts_ms, last_value=value, seen_ms=received_ms)
    else:
        state = msgspec.structs.replace(state, seen_ms=received_ms)
    if state.phase is Phase.OPEN:
        return _resolved(state, ts_ms)
    return state, NOTHING


def _cleared(state: RuleState) -> RuleState:
    if state.phase is Phase.CLEAR:
        return state
    return msgspec.structs.replace(state, phase=Phase.CLEAR, since_ms=0, peak=None, told=None, told_ms=0)


def _opened(state: RuleState, ts_ms: int, value: float | None) -> Step:
    new = msgspec.structs.replace(state, phase=Phase.OPEN, since_ms=ts_ms, peak=value, told=value, told_ms=ts_ms)
    return new, (Transition(Change.OPENED, ts_ms, value),)


def _resolved(state: RuleState, ts_ms: int) -> Step:
    """Never before the opening; with the peak first where it was not told yet, so that the alert ends with it."""
    ts_ms = max(ts_ms, state.since_ms)
    resolved = Transition(Change.RESOLVED, ts_ms, state.last_value)
    if state.peak != state.told:
        return _cleared(state), (Transition(Change.UPDATED, ts_ms, state.peak), resolved)
    return _cleared(state), (resolved,)


def _still_open(rule: CompiledRule, state: RuleState) -> Step:
    """Follow the peak, and report it now and then."""
    value, ts_ms = state.last_value, state.last_ts_ms
    if rule.plain and value is not None and (state.peak is None or _excess(rule, value) > _excess(rule, state.peak)):
        state = msgspec.structs.replace(state, peak=value)
    if state.peak == state.told or ts_ms < state.told_ms + PEAK_EVERY_MS:
        return state, NOTHING
    told = msgspec.structs.replace(state, told=state.peak, told_ms=ts_ms)
    return told, (Transition(Change.UPDATED, ts_ms, state.peak),)


def _excess(rule: CompiledRule, value: float) -> float:
    """How far outside the band."""
    return max(value - rule.high, rule.low - value)


def _remembered(rule: CompiledRule, state: RuleState) -> tuple[tuple[int, float], ...]:
    """The history with the last sample added, thinned to RATE_SLOTS a window.

    The newest value from before the window stays: a series slower than the window is measured against it.
    """
    history, ts_ms, value = state.history, state.last_ts_ms, state.last_value
    if value is not None and (not history or ts_ms - history[-1][0] >= rule.window_ms // RATE_SLOTS):
        history = (*history, (ts_ms, value))
    start = ts_ms - rule.window_ms
    first = 0
    while first + 1 < len(history) and history[first + 1][0] <= start:
        first += 1
    return history[first:]


def _rate(rule: CompiledRule, state: RuleState, ts_ms: int, value: float) -> float:
    """The greatest change a minute, in the rule's direction, against any remembered value; 0 with none."""
    if not state.history:
        return 0.0
    # Only the oldest can be from before the window; all others are measured against the window's length.
    (oldest_ms, oldest), *others = state.history
    far, near = 60_000 / max(ts_ms - oldest_ms, rule.window_ms), 60_000 / rule.window_ms
    then = [value_then for _, value_then in others] or [value]
    rise = max((value - oldest) * far, (value - min(then)) * near)
    fall = max((oldest - value) * far, (max(then) - value) * near)
    return rise if rule.direction > 0 else fall if rule.direction < 0 else max(rise, fall)
