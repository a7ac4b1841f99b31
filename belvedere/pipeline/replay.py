"""Plays stored readings to a rule: when it would have raised, and where it stands now. Pure.

The evaluators are those that run on arrival (rules/evaluate). A stored reading has its own time alone, so it is played
as if it had been received then: one that came late is evaluated here, and was not when it came.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import msgspec

from belvedere.alerts.transitions import is_flap
from belvedere.readings.store.chunk import Columns
from belvedere.rules.conditions import Above, Below, Condition, IsTrue, Outside
from belvedere.rules.evaluate.phases import Change, Transition
from belvedere.rules.evaluate.present import STALE_MS
from belvedere.rules.evaluate.rate import select_window, stays_slow, thin_history
from belvedere.rules.evaluate.rule import CompiledRule
from belvedere.rules.evaluate.sample import evaluate_sample
from belvedere.rules.evaluate.state import Phase, Present, RuleState, create_state
from belvedere.rules.evaluate.tick import evaluate_tick

PART = 64  # readings of a `rate` rule that are looked at as one: fewer cost more calls, more are calm less often


class Raised(NamedTuple):
    """The alert was open from from_ms to to_ms. flap: it was raised again soon after it had cleared."""

    from_ms: int
    to_ms: int
    flap: bool


class Standing(NamedTuple):
    """Where a rule stands on a series. since_ms: when it began to raise or opened; None where it is clear.

    reason: inside, waiting, beyond, silent, old (too old to say anything about now), no_value.
    """

    phase: Phase
    since_ms: int | None
    reason: str


def drop_clear(condition: Condition) -> Condition | None:
    """Return the condition with no clear level of its own; None where it has none."""
    match condition:
        case Above(level=level, clear=clear) | Below(level=level, clear=clear) if clear not in (None, level):
            return msgspec.structs.replace(condition, clear=None)
        case Outside(clear=margin) if margin:
            return msgspec.structs.replace(condition, clear=0.0)
        case _:
            return None


class Player:
    """One rule on one series, from a given moment on."""

    def __init__(self, rule: CompiledRule, start_ms: int) -> None:
        self.transitions: list[Transition] = []
        self.state = create_state(rule, start_ms)
        self._rule = rule

    def play(self, pages: Iterable[Columns]) -> None:
        """Evaluate readings, in time order."""
        for page in pages:
            if self._rule.window_ms:
                self._play_in_parts(page)
                continue
            if self._stays_clear(page):
                page = Columns(page.ts[-1:], page.values[-1:])
            self._play_each(page)

    def _play_in_parts(self, page: Columns) -> None:
        """For `rate`: the parts in which nothing can raise leave no more than a history."""
        for at in range(0, len(page.ts), PART):
            part = Columns(page.ts[at : at + PART], page.values[at : at + PART])
            calm = self.state.phase is Phase.CLEAR and self.state.history
            if calm and stays_slow(self._rule, self.state.history, part.values):
                self._pass_over(part)
            else:
                self._play_each(part)

    def _pass_over(self, part: Columns) -> None:
        """As if each had been evaluated, and none had raised."""
        last_ms = part.ts[-1]
        history = thin_history(self._rule, zip(part.ts, part.values, strict=True), self.state.history)
        self.state = msgspec.structs.replace(
            self.state,
            last_ts_ms=last_ms,
            last_value=part.values[-1],
            seen_ms=last_ms,
            lag_ms=0,
            history=select_window(self._rule, history, last_ms),
        )

    def _play_each(self, page: Columns) -> None:
        for ts_ms, value in zip(page.ts, page.values, strict=True):
            if self._rule.silence:
                self.pass_time(ts_ms)
            self._take(evaluate_sample(self._rule, self.state, ts_ms, value, ts_ms, ts_ms))

    def pass_time(self, now_ms: int) -> None:
        """Let time pass up to that moment, in which nothing arrives."""
        self._take(evaluate_tick(self._rule, self.state, now_ms, 0))

    def _stays_clear(self, page: Columns) -> bool:
        rule = self._rule
        clear = rule.plain and self.state.phase is Phase.CLEAR
        return clear and bool(page.ts) and rule.low <= min(page.values) and max(page.values) <= rule.high

    def _take(self, step: tuple[RuleState, tuple[Transition, ...]]) -> None:
        self.state, transitions = step
        if transitions:
            self.transitions += transitions


def list_raised(transitions: Iterable[Transition], from_ms: int, end_ms: int) -> list[Raised]:
    """Return the alerts that were open within the range, cut to it."""
    edges = [one for one in transitions if one.kind in (Change.OPENED, Change.RESOLVED)]
    if edges and edges[-1].kind is Change.OPENED:
        edges.append(Transition(Change.RESOLVED, end_ms, None))
    raised = []
    resolved_ms: int | None = None
    for opened, resolved in pairwise(edges):
        if opened.kind is not Change.OPENED:
            continue
        flap = is_flap(resolved_ms, by_person=False, at_ms=opened.ts_ms)
        resolved_ms = resolved.ts_ms
        if opened.ts_ms < end_ms and (resolved.ts_ms > from_ms or opened.ts_ms >= from_ms):
            raised.append(Raised(max(opened.ts_ms, from_ms), min(resolved.ts_ms, end_ms), flap))
    return raised


def find_standing(rule: CompiledRule, present: Present | None, recent: Columns, now_ms: int) -> Standing:
    """Return where the rule would stand now. recent: the readings of the time that it looks back on."""
    if present is None:
        return Standing(Phase.CLEAR, None, "no_value")
    if now_ms - present.ts_ms > STALE_MS and not rule.silence and not isinstance(rule.condition, IsTrue):
        return Standing(Phase.CLEAR, None, "old")
    player = Player(rule, min(present.ts_ms, now_ms))
    player.play([recent])
    if not recent.ts or recent.ts[-1] < present.ts_ms:
        player.play([_make_page(recent, present)])
    player.pass_time(now_ms)
    phase = player.state.phase
    reasons = {Phase.CLEAR: "inside", Phase.PENDING: "waiting", Phase.OPEN: "silent" if rule.silence else "beyond"}
    return Standing(phase, player.state.since_ms if phase is not Phase.CLEAR else None, reasons[phase])


def _make_page(like: Columns, present: Present) -> Columns:
    page = Columns(like.ts[:0], like.values[:0])
    page.ts.append(present.ts_ms)
    page.values.append(present.value)
    return page
