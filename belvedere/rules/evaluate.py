"""One rule on one series, as a pure function: (rule, state, sample or tick) -> (state, what changed).

    CLEAR --raises--> PENDING --held for_seconds--> OPEN --clears--> CLEAR
      \\_______________raises, for_seconds = 0________/

Two lines of time. What alerts say, and the order of samples, is on the *series' line*: the effective time of a
sample, which is its own time, or that of its receipt where it claims to be from the future. One before the last is
*late*: stored, not evaluated, unless the last one lies in the future of the server's clock: then a clock was set, and
the line begins anew there (`_continued`). Durations are measured on the *steady line*, which no step of a clock
moves: how long nothing came, how long the last value has held. A tick can fire only what its *watermark* has passed
(all that arrived up to then is evaluated), because lag is not silence. With or without ticks the same samples give
the same transitions; ticks only make them come in time.

Cost. `on_sample` with nothing to say builds one struct: ~0.4 us (bench/ has the figure). States are
immutable, so a transaction that fails just drops the new ones.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from belvedere.rules.conditions import Above, Below, Condition, IsTrue, NoData, Outside, Rate

PEAK_EVERY_MS = 60_000  # a peak that still grows is reported at most this often
RATE_SLOTS = 32  # values kept of a rate window, evenly spaced, however fast the series is
STEP_MS = 1_000  # a smaller step of a clock is left alone: NTP slews, and no wait of whole seconds is spoilt by it
STALE_MS = 86_400_000  # a number this old says nothing about now; a door that was left open is open still


class Phase(StrEnum):
    """Where a rule stands on a series."""

    CLEAR = "clear"
    PENDING = "pending"
    OPEN = "open"


class Change(StrEnum):
    """What a transition says. UPDATED only carries a new peak: no event, no notice.

    REMAINS: was opened in an earlier run, and so it still is. News only where the alert ended because nothing watched.
    """

    OPENED = "opened"
    UPDATED = "updated"
    RESOLVED = "resolved"
    REMAINS = "remains"


class Sample(NamedTuple):
    """One value of a series at its effective time.

    received_ms: the server's clock at receipt; None = the same as ts_ms. steady_ms: the steady line then; None = the
    same as received_ms.
    """

    ts_ms: int
    value: float
    received_ms: int | None = None
    steady_ms: int | None = None


class Tick(NamedTuple):
    """Time went on.

    watermark_ms: on the steady line; everything that arrived up to then has been evaluated. ahead_ms: how far the
    wall clock is ahead of the steady line.
    """

    watermark_ms: int
    ahead_ms: int = 0


class Present(NamedTuple):
    """The newest value of a series by effective time: what the page shows."""

    ts_ms: int
    value: float


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
    fingerprint: the same for the same condition, whatever for_seconds, name or severity the rule has.
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
    fingerprint: int
    plain: bool = True
    silence: bool = False
    window_ms: int = 0
    direction: int = 0


class RuleState(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of one rule on one series.

    last_ts_ms, last_value: the newest sample. seen_ms: the steady line when something last arrived. lag_ms: how old
    that was by the server's clock. fingerprint: of the condition it was judged by; 0 = saved before there were any.
    since_ms: when it began to raise (PENDING) or was opened (OPEN), on the series' line; else 0.
    peak: the worst value since the opening. told, told_ms: the peak that was last reported, and when.
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


History = tuple[tuple[int, float], ...]  # (ts_ms, value), oldest first
Step = tuple[RuleState, tuple[Transition, ...]]

NOTHING: Final[tuple[Transition, ...]] = ()
_CLEAR: Final = Phase.CLEAR
_INF: Final = math.inf
_DIRECTIONS: Final = {"up": 1, "down": -1, "any": 0}


def compile_rule(rule_id: int, version: int, site_id: int, condition: Condition) -> CompiledRule:
    """Turn a checked condition into its band."""
    head = (rule_id, version, site_id, condition)
    tail = (condition.for_seconds * 1000, _fingerprint(condition))
    match condition:
        case Above(level=level, clear=clear):
            return CompiledRule(*head, -_INF, level, -_INF, level if clear is None else clear, *tail)
        case Below(level=level, clear=clear):
            return CompiledRule(*head, level, _INF, level if clear is None else clear, _INF, *tail)
        case Outside(low=low, high=high, clear=margin):
            return CompiledRule(*head, low, high, low + margin, high - margin, *tail)
        case IsTrue():
            return CompiledRule(*head, -_INF, 0.0, -_INF, 0.0, *tail)
        case NoData():
            return CompiledRule(*head, -_INF, _INF, -_INF, _INF, *tail, plain=False, silence=True)
        case Rate(per_minute=limit, direction=direction, window_seconds=window):
            sign = _DIRECTIONS[direction]
            return CompiledRule(
                *head, -_INF, limit, -_INF, limit, *tail, plain=False, window_ms=window * 1000, direction=sign
            )


def _fingerprint(condition: Condition) -> int:
    """for_seconds is left out where it only says how long to wait: who changes that does not start the wait anew."""
    if not isinstance(condition, NoData):
        condition = msgspec.structs.replace(condition, for_seconds=0)
    return zlib.crc32(msgspec.json.encode(condition))


def initial_state(
    rule: CompiledRule, steady_ms: int, present: Present | None = None, now_ms: int | None = None
) -> RuleState:
    """The state of a rule on a series it has not watched so far; no_data counts from now."""
    if present is None:
        return RuleState(Phase.CLEAR, 0, None, steady_ms, rule.fingerprint)
    seen_ms = steady_ms
    if not rule.silence and now_ms is not None:
        seen_ms -= max(0, now_ms - present.ts_ms)
    return RuleState(Phase.CLEAR, present.ts_ms, present.value, seen_ms, rule.fingerprint)


def restored_state(rule: CompiledRule, row: bytes, present: Present | None, steady_ms: int) -> RuleState:
    """The state after a start: the saved row, brought up to the series' present value.

    no_data waits anew from the start: while the server was away nothing could arrive.
    """
    state = from_row(row)
    seen_ms = min(state.seen_ms, steady_ms)
    last_ts_ms, last_value = state.last_ts_ms, state.last_value
    if present is not None:
        seen_ms = min(steady_ms, seen_ms + max(0, present.ts_ms - last_ts_ms))
        last_ts_ms, last_value = present
    return msgspec.structs.replace(
        state,
        last_ts_ms=last_ts_ms,
        last_value=last_value,
        seen_ms=steady_ms if rule.silence else seen_ms,
        fingerprint=state.fingerprint or rule.fingerprint,
    )


def waiting_anew(state: RuleState, steady_ms: int) -> RuleState:
    """The state of a no_data rule after a time in which nothing could arrive."""
    return msgspec.structs.replace(state, seen_ms=max(state.seen_ms, steady_ms))


def look(rule: CompiledRule, state: RuleState, steady_ms: int, ahead_ms: int = 0) -> Step:
    """Judge the present value by a condition that is new: a smoke or door sensor speaks once.

    What is open stays open until the new condition clears it. For `rate`, `history` holds the window.
    """
    quiet_ms = steady_ms - state.seen_ms
    state = _adopted(rule, state)
    if rule.silence:
        over = state.phase is Phase.OPEN and quiet_ms < rule.for_ms
        return _resolved(state, steady_ms + ahead_ms) if over else (state, NOTHING)
    now_ms = state.last_ts_ms + quiet_ms
    value = state.last_value
    if value is None or (rule.window_ms and not state.history):
        return state, NOTHING
    measure = _rate(rule, state.history, state.last_ts_ms, value) if rule.window_ms else value
    if state.phase is Phase.OPEN:
        return _resolved(state, now_ms) if rule.clear_low <= measure <= rule.clear_high else (state, NOTHING)
    stale = quiet_ms > STALE_MS and not isinstance(rule.condition, IsTrue)
    if stale or rule.low <= measure <= rule.high:
        return state, NOTHING
    if rule.for_ms:
        return msgspec.structs.replace(state, phase=Phase.PENDING, since_ms=now_ms), NOTHING
    return _opened(state, now_ms, value)


def look_after_start(rule: CompiledRule, state: RuleState, steady_ms: int) -> Step:
    """`look` for a restored state of the same condition.

    The rule may have been off for a moment that the pipeline never saw: its alert was ended, values were not judged.
    """
    told = NOTHING
    if rule.plain and state.phase is not Phase.PENDING:  # else it goes on waiting
        state, told = look(rule, state, steady_ms)
    if state.phase is Phase.OPEN and not told:
        told = (Transition(Change.REMAINS, state.since_ms, state.last_value if state.peak is None else state.peak),)
    return state, told


def _adopted(rule: CompiledRule, state: RuleState) -> RuleState:
    """The state under another condition: what is open stays open, a wait begins anew."""
    if state.fingerprint == rule.fingerprint:
        return state
    state = msgspec.structs.replace(state, fingerprint=rule.fingerprint)
    return _cleared(state) if state.phase is Phase.PENDING else state


def step(rule: CompiledRule, state: RuleState, event: Sample | Tick) -> Step:
    """One event. Returns the same state object where nothing moved."""
    if isinstance(event, Tick):
        return on_tick(rule, state, event.watermark_ms, event.ahead_ms)
    received_ms = event.ts_ms if event.received_ms is None else event.received_ms
    steady_ms = received_ms if event.steady_ms is None else event.steady_ms
    return on_sample(rule, state, event.ts_ms, event.value, received_ms, steady_ms)


def on_sample(rule: CompiledRule, state: RuleState, ts_ms: int, value: float, received_ms: int, steady_ms: int) -> Step:
    """`step` for a sample, without the tuple around it: for the loop that does nothing else."""
    if (
        rule.low <= value <= rule.high
        and state.phase is _CLEAR
        and rule.plain
        and ts_ms >= state.last_ts_ms
        and state.fingerprint == rule.fingerprint
    ):
        return RuleState(_CLEAR, ts_ms, value, steady_ms, state.fingerprint), NOTHING
    return _on_rare_sample(rule, state, ts_ms, value, received_ms, steady_ms)


def on_tick(rule: CompiledRule, state: RuleState, watermark_ms: int, ahead_ms: int) -> Step:
    """`step` for a tick. A state of another condition waits until somebody has had a `look`."""
    if state.fingerprint != rule.fingerprint:
        return state, NOTHING
    quiet_ms = watermark_ms - state.seen_ms
    if rule.silence:
        if state.phase is Phase.CLEAR and quiet_ms >= rule.for_ms:
            return _opened(state, state.seen_ms + rule.for_ms + ahead_ms, state.last_value)
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
        or old.fingerprint != new.fingerprint
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


def _on_rare_sample(
    rule: CompiledRule, state: RuleState, ts_ms: int, value: float, received_ms: int, steady_ms: int
) -> Step:
    late = ts_ms < state.last_ts_ms <= received_ms
    if rule.silence:
        return _on_arrival(rule, state, ts_ms, value, steady_ms, late=late)
    if late:
        return state, NOTHING
    state = _continued(_adopted(rule, state), ts_ms, steady_ms)
    transitions: list[Transition] = []
    if state.phase is Phase.PENDING and ts_ms > state.since_ms + rule.for_ms:
        state, opened = _opened(state, state.since_ms + rule.for_ms, state.last_value)
        transitions += opened
    measure: float | None = value
    history = state.history
    if rule.window_ms:
        before = _window(rule, history, ts_ms)
        measure = _rate(rule, before, ts_ms, value) if before else None
        history = _remembered(rule, before, ts_ms, value)
    state = msgspec.structs.replace(
        state, last_ts_ms=ts_ms, last_value=value, seen_ms=steady_ms, lag_ms=received_ms - ts_ms, history=history
    )
    if measure is not None:
        state, more = _judged(rule, state, measure)
        transitions += more
    return state, tuple(transitions)


def _continued(state: RuleState, ts_ms: int, steady_ms: int) -> RuleState:
    """Move what is measured on the series' line to where the line goes on, where a clock was set meanwhile.

    Between two samples there passed at most what the steady line says, and what the first one was old when it came.
    """
    if state.phase is _CLEAR and not state.history:
        return state
    passed, claimed = steady_ms - state.seen_ms, ts_ms - state.last_ts_ms
    # Back, or further on than can be; what lies between is how long it took.
    step_ms = claimed - passed if claimed < 0 else max(0, claimed - passed - state.lag_ms)
    if -STEP_MS < step_ms < STEP_MS:
        return state
    return msgspec.structs.replace(
        state,
        # When an open alert was opened has been told already.
        since_ms=state.since_ms + step_ms if state.phase is Phase.PENDING else state.since_ms,
        told_ms=state.told_ms + step_ms if state.phase is Phase.OPEN else 0,
        history=tuple((then + step_ms, value) for then, value in state.history),
    )


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


def _on_arrival(rule: CompiledRule, state: RuleState, ts_ms: int, value: float, steady_ms: int, *, late: bool) -> Step:
    """no_data: whatever arrives, late or not, ends the silence."""
    state = msgspec.structs.replace(state, seen_ms=steady_ms, fingerprint=rule.fingerprint)
    if not late:
        state = msgspec.structs.replace(state, last_ts_ms=ts_ms, last_value=value)
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


def _window(rule: CompiledRule, history: History, ts_ms: int) -> History:
    """What of the history a sample at ts_ms is measured against.

    The newest value from before the window stays: a series slower than the window is measured against it.
    """
    start = ts_ms - rule.window_ms
    first = 0
    while first + 1 < len(history) and history[first + 1][0] <= start:
        first += 1
    return history[first:]


def _remembered(rule: CompiledRule, history: History, ts_ms: int, value: float) -> History:
    """The history with one sample added, thinned to RATE_SLOTS a window."""
    if not history or ts_ms - history[-1][0] >= rule.window_ms // RATE_SLOTS:
        return (*history, (ts_ms, value))
    return history


def thinned(rule: CompiledRule, values: Iterable[tuple[int, float]]) -> History:
    """The history that `rate` would have kept of these (ts_ms, value), oldest first."""
    history: History = ()
    for ts_ms, value in values:
        history = _remembered(rule, history, ts_ms, value)
    return history


def _rate(rule: CompiledRule, history: History, ts_ms: int, value: float) -> float:
    """The greatest change a minute, in the rule's direction, against any value of the window (not empty)."""
    # Only the oldest can be from before the window; all others are measured against the window's length.
    (oldest_ms, oldest), *others = history
    far, near = 60_000 / max(ts_ms - oldest_ms, rule.window_ms), 60_000 / rule.window_ms
    then = [value_then for _, value_then in others] or [value]
    rise = max((value - oldest) * far, (value - min(then)) * near)
    fall = max((oldest - value) * far, (max(then) - value) * near)
    return rise if rule.direction > 0 else fall if rule.direction < 0 else max(rise, fall)
