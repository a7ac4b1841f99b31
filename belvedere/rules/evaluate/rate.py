"""The change a minute of a `rate` rule: the values it remembers, and the measure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from belvedere.rules.evaluate.rule import CompiledRule
from belvedere.rules.evaluate.state import History

RATE_SLOTS = 32  # values kept of a rate window, evenly spaced, however fast the series is


def select_window(rule: CompiledRule, history: History, ts_ms: int) -> History:
    """The part of the history that a sample at ts_ms is compared with.

    It includes the newest value before the window: a series slower than the window is compared with that.
    """
    start = ts_ms - rule.window_ms
    first = 0
    while first + 1 < len(history) and history[first + 1][0] <= start:
        first += 1
    return history[first:]


def add_value(rule: CompiledRule, history: History, ts_ms: int, value: float) -> History:
    """The history with one sample added, thinned to RATE_SLOTS a window."""
    if not history or ts_ms - history[-1][0] >= rule.window_ms // RATE_SLOTS:
        return (*history, (ts_ms, value))
    return history


def thin_history(rule: CompiledRule, values: Iterable[tuple[int, float]], history: History = ()) -> History:
    """The history with those of these (ts_ms, value) that `add_value` would have kept, oldest first."""
    kept = list(history)
    step_ms = rule.window_ms // RATE_SLOTS
    for one in values:
        if not kept or one[0] - kept[-1][0] >= step_ms:
            kept.append(one)
    return tuple(kept)


def stays_slow(rule: CompiledRule, history: History, values: Sequence[float]) -> bool:
    """Whether no value of these can raise, in whatever order they come: all lie too near to each other."""
    known = [value for _, value in history]
    spread = max(*known, *values) - min(*known, *values)
    return rule.low <= spread * (60_000 / rule.window_ms) <= rule.high


def measure_rate(rule: CompiledRule, history: History, ts_ms: int, value: float) -> float:
    """The greatest change a minute, in the rule's direction, from any value of the history (not empty)."""
    # Only the oldest can be older than the window; the change from the others is divided by the window's length.
    (oldest_ms, oldest), *others = history
    far, near = 60_000 / max(ts_ms - oldest_ms, rule.window_ms), 60_000 / rule.window_ms
    then = [value_then for _, value_then in others] or [value]
    rise = max((value - oldest) * far, (value - min(then)) * near)
    fall = max((oldest - value) * far, (max(then) - value) * near)
    return rise if rule.direction > 0 else fall if rule.direction < 0 else max(rise, fall)
