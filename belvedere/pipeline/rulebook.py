"""The states of all rules on all series: read while a batch is staged, changed only after its commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple, Protocol

import msgspec

from belvedere.readings.store.batch import Batch, OutboxRow
from belvedere.readings.store.port import SavedState
from belvedere.rules.evaluate.phases import Transition
from belvedere.rules.evaluate.present import evaluate_after_start, evaluate_present
from belvedere.rules.evaluate.rate import thin_history
from belvedere.rules.evaluate.rule import CompiledRule
from belvedere.rules.evaluate.sample import evaluate_sample
from belvedere.rules.evaluate.state import (
    Present,
    RuleState,
    create_state,
    must_hand_over,
    must_save,
    needs_tick,
    restart_wait,
    restore_state,
    to_row,
)
from belvedere.rules.evaluate.tick import evaluate_tick

Key = tuple[int, int]  # (rule id, series id)


class Book(Protocol):
    """Which rules watch which series (rules.book)."""

    def map_watching(self) -> Mapping[int, tuple[CompiledRule, ...]]:
        """Series id -> the rules that watch it, as of now; an edit makes another mapping."""

    def get_rule(self, rule_id: int) -> CompiledRule | None:
        """The enabled rule of this id."""

    def list_watched(self) -> list[tuple[CompiledRule, int]]:
        """Every (rule, series id)."""

    def list_ticking(self) -> list[tuple[CompiledRule, int]]:
        """The pairs that need every tick."""

    def list_awaited(self) -> list[tuple[str, str]]:
        """(device id, metric) that a rule waits for, though the device has never sent it."""

    def follow_time(self) -> bool:
        """Suspend rules outside their schedule; whether that changed any rule since the last time."""


class Now(NamedTuple):
    """One moment on both lines of time, ms. wall_ms: the server's clock. steady_ms: no step of that moves it."""

    wall_ms: int
    steady_ms: int

    @property
    def ahead_ms(self) -> int:
        """How far the wall clock is ahead of the steady line."""
        return self.wall_ms - self.steady_ms


class RuleStates:
    """Rule states by (rule, series). One thread.

    present: series -> (effective time, value, ts) of its newest value, as committed.
    history_of: (rule, series, from, to) -> what is stored for a `rate` rule to look back on (port.ReadingStore).
    """

    def __init__(
        self,
        book: Book,
        present: Mapping[int, tuple[int, float, int]],
        history_of: Callable[[int, int, int, int], list[tuple[int, float]]],
    ) -> None:
        self._book = book
        self._present = present
        self._history_of = history_of
        self._states: dict[Key, RuleState] = {}
        self._pending: set[Key] = set()
        self._orphans: set[Key] = set()
        self._restored: set[Key] = set()

    def restore(self, rows: Iterable[SavedState], now: Now, heard: Mapping[int, int] | None = None) -> None:
        """Take up where the last run stopped: saved rows, brought up to each series' present value.

        None has been evaluated in this run: `Changes.evaluate_present` does that.
        heard: series -> when a worker before this one last evaluated it, on the steady line; given where that worked
        until now. Then it goes on as that would have: no wait begins anew, and nothing is evaluated for the start.
        """
        saved = {(rule, series): row for rule, series, row in rows}
        for rule, series in self._book.list_watched():
            row = saved.pop((rule.id, series), None)
            if row is not None:
                heard_ms = None if heard is None else heard.get(series, 0)
                state = restore_state(rule, row, self._present_of(series), now.steady_ms, heard_ms)
                self._put((rule.id, series), rule, state)
                if heard is None:
                    self._restored.add((rule.id, series))
        self._orphans = set(saved)

    def wait_anew(self, steady_ms: int) -> None:
        """Nothing could be stored up to now, so nothing could be heard: no silence of that time counts."""
        for rule, series in self._book.list_ticking():
            state = self._states.get((rule.id, series))
            if state is not None:
                self._states[rule.id, series] = restart_wait(state, steady_ms)

    def _put(self, key: Key, rule: CompiledRule, state: RuleState) -> None:
        self._states[key] = state
        if needs_tick(rule, state) and not rule.silence:
            self._pending.add(key)
        else:
            self._pending.discard(key)

    def _drop(self, key: Key) -> None:
        self._states.pop(key, None)
        self._pending.discard(key)
        self._orphans.discard(key)

    def _present_of(self, series: int) -> Present | None:
        found = self._present.get(series)
        return None if found is None else Present(found[0], found[1])

    def _with_window(self, rule: CompiledRule, series: int, state: RuleState) -> RuleState:
        """The state of a `rate` rule with the window that it was not there for, or forgot over a restart."""
        newest_ms = state.last_ts_ms
        history = self._history_of(rule.id, series, newest_ms - rule.window_ms, newest_ms)
        if not history and state.last_value is not None:
            history = [(newest_ms, state.last_value)]
        return msgspec.structs.replace(state, history=thin_history(rule, history))

    def changes(self, now: Now) -> Changes:
        """An empty set of changes on top of these states."""
        return RuleStates.Changes(self, now)

    class Changes:
        """What one batch changes; `adopt` after the commit, or drop it."""

        __slots__ = ("_dropped", "_looked", "_new", "_now", "_outbox", "_states", "_steady_ms", "_touched", "rules_of")

        def __init__(self, states: RuleStates, now: Now) -> None:
            self._states = states
            self._now = now
            self._steady_ms = now.steady_ms
            self._new: dict[Key, RuleState] = {}
            self._touched: dict[Key, CompiledRule] = {}
            self._dropped: set[Key] = set()
            self._outbox: list[OutboxRow] = []
            self._looked = False
            self.rules_of = states._book.map_watching().get

        def sample(
            self, rules: tuple[CompiledRule, ...], series: int, ts_ms: int, value: float, received_ms: int
        ) -> None:
            """Run these rules over one new value, ts_ms being its effective time."""
            for rule in rules:
                key = (rule.id, series)
                state = self._new.get(key) or self._states._states.get(key)
                if state is None:
                    state = self._create_state(rule, series)
                if rule.window_ms and not state.history:
                    state = self._states._with_window(rule, series, state)
                new, transitions = evaluate_sample(rule, state, ts_ms, value, received_ms, self._steady_ms)
                if new is not state:
                    self._new[key] = new
                    self._touched[key] = rule
                if transitions:
                    self._tell(rule, series, transitions)

        def tick(self, watermark_ms: int, silence_ms: Callable[[int], int]) -> None:
            """Let time pass for the rules that wait for it. silence_ms: the watermark of a rule's own silence."""
            states = self._states
            waiting = [(rule, (rule.id, series)) for rule, series in states._book.list_ticking()]
            for key in states._pending:
                pending = states._book.get_rule(key[0])
                if pending is not None:
                    waiting.append((pending, key))
            for rule, key in waiting:
                state = states._states.get(key)
                if state is not None:  # else `evaluate_present` comes first
                    until_ms = silence_ms(rule.for_ms) if rule.silence else watermark_ms
                    self._take(rule, key, state, evaluate_tick(rule, state, until_ms, self._now.ahead_ms))

        def drop_unwatched(self, watched: set[Key]) -> None:
            """Forget pairs that are not among these: their rule is gone, is off, or looks elsewhere."""
            states = self._states
            self._dropped.update(key for key in states._states if key not in watched)
            self._dropped.update(states._orphans - watched)

        def evaluate_present(self) -> None:
            """Evaluate the present value of pairs that are new or restored, or whose rule has another condition."""
            self._looked = True
            for rule, series in self._states._book.list_watched():
                key = (rule.id, series)
                state = None if key in self._dropped else self._states._states.get(key)
                if state is not None and state.fingerprint == rule.fingerprint:
                    if key in self._states._restored:
                        self._take(rule, key, state, evaluate_after_start(rule, state, self._steady_ms))
                    continue
                before = state
                state = state or self._create_state(rule, series)
                if rule.window_ms:
                    state = self._states._with_window(rule, series, state)
                new, transitions = evaluate_present(rule, state, self._steady_ms, self._now.ahead_ms)
                self._take(rule, key, before, (new, transitions))

        def _create_state(self, rule: CompiledRule, series: int) -> RuleState:
            return create_state(rule, self._steady_ms, self._states._present_of(series), self._now.wall_ms)

        def _take(
            self, rule: CompiledRule, key: Key, old: RuleState | None, step: tuple[RuleState, tuple[Transition, ...]]
        ) -> None:
            new, transitions = step
            if new is not old:
                self._new[key] = new
                self._touched[key] = rule
            if transitions:
                self._tell(rule, key[1], transitions)

        def _tell(self, rule: CompiledRule, series: int, transitions: tuple[Transition, ...]) -> None:
            for kind, ts_ms, value in transitions:
                self._outbox.append(OutboxRow(rule.site_id, rule.id, rule.version, series, ts_ms, kind.value, value))

        def into(self, batch: Batch) -> None:
            """Put what must be durable into the batch."""
            batch.outbox += self._outbox
            batch.states.update(dict.fromkeys(self._dropped))
            batch.heard_ms = self._steady_ms
            for key, state in self._new.items():
                if key in self._dropped or must_save(self._states._states.get(key), state):
                    batch.states[key] = to_row(state)
                elif must_hand_over(state):
                    batch.open_states[key] = partial(to_row, state)
                if state.history:
                    batch.histories[key] = state.history

        def adopt(self) -> None:
            """The batch is committed: these are the states now."""
            if self._looked:
                self._states._restored.clear()
            for key in self._dropped:
                self._states._drop(key)
            for key, state in self._new.items():
                self._states._put(key, self._touched[key], state)
