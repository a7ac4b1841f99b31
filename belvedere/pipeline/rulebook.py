"""The states of all rules on all series: read while a batch is staged, changed only after its commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from belvedere.readings.store.batch import Batch, OutboxEntry
from belvedere.rules.evaluate import (
    CompiledRule,
    RuleState,
    Transition,
    initial_state,
    must_save,
    needs_tick,
    on_sample,
    on_tick,
    restored_state,
    to_row,
)

Key = tuple[int, int]  # (rule id, series id)


class Book(Protocol):
    """Which rules watch which series (rules.book)."""

    def of_series(self, series_id: int) -> tuple[CompiledRule, ...]:
        """The rules that watch this series."""

    def of(self, rule_id: int) -> CompiledRule | None:
        """The enabled rule of this id."""

    def watched(self) -> list[tuple[CompiledRule, int]]:
        """Every (rule, series id)."""

    def ticking(self) -> list[tuple[CompiledRule, int]]:
        """The pairs that need every tick."""


class RuleStates:
    """Rule states by (rule, series). One thread."""

    def __init__(self, book: Book, now_ms: Callable[[], int]) -> None:
        self._book = book
        self._now_ms = now_ms
        self._states: dict[Key, RuleState] = {}
        self._pending: set[Key] = set()

    def restore(self, rows: list[tuple[int, int, bytes]], heads: dict[int, int], latest: dict[int, float]) -> None:
        """Take up where the last run stopped: saved rows, brought up to each series' newest reading."""
        saved = {(rule, series): row for rule, series, row in rows}
        now_ms = self._now_ms()
        for rule, series in self._book.watched():
            key = (rule.id, series)
            state = restored_state(rule, saved.get(key), heads.get(series, 0), latest.get(series), now_ms)
            self._put(key, rule, state)

    def drop_unwatched(self) -> list[Key]:
        """Forget pairs whose rule is gone or watches another series now; returns them."""
        watched = {(rule.id, series) for rule, series in self._book.watched()}
        gone = [key for key in self._states if key not in watched]
        for key in gone:
            del self._states[key]
            self._pending.discard(key)
        return gone

    def _put(self, key: Key, rule: CompiledRule, state: RuleState) -> None:
        self._states[key] = state
        if needs_tick(rule, state) and not rule.silence:
            self._pending.add(key)
        else:
            self._pending.discard(key)

    def changes(self) -> Changes:
        """An empty set of changes on top of these states."""
        return RuleStates.Changes(self)

    class Changes:
        """What one batch changes; `adopt` after the commit, or drop it."""

        __slots__ = ("_new", "_outbox", "_states", "_touched", "rules_of")

        def __init__(self, states: RuleStates) -> None:
            self._states = states
            self._new: dict[Key, RuleState] = {}
            self._touched: dict[Key, CompiledRule] = {}
            self._outbox: list[OutboxEntry] = []
            self.rules_of = states._book.of_series

        def sample(
            self, rules: tuple[CompiledRule, ...], series: int, ts_ms: int, value: float, received_ms: int
        ) -> None:
            """Run these rules over one new value."""
            for rule in rules:
                key = (rule.id, series)
                state = self._new.get(key) or self._states._states.get(key)
                if state is None:
                    state = initial_state(rule, received_ms)
                new, transitions = on_sample(rule, state, ts_ms, value, received_ms)
                if new is not state:
                    self._new[key] = new
                    self._touched[key] = rule
                if transitions:
                    self._tell(rule, series, transitions)

        def tick(self, watermark_ms: int) -> None:
            """Let time pass for the rules that wait for it."""
            states = self._states
            waiting = [(rule, (rule.id, series)) for rule, series in states._book.ticking()]
            for key in states._pending:
                pending = states._book.of(key[0])
                if pending is not None:
                    waiting.append((pending, key))
            for rule, key in waiting:
                state = self._new.get(key) or states._states.get(key)
                if state is None:
                    self._new[key] = initial_state(rule, watermark_ms)
                    self._touched[key] = rule
                    continue
                new, transitions = on_tick(rule, state, watermark_ms)
                if new is not state:
                    self._new[key] = new
                    self._touched[key] = rule
                if transitions:
                    self._tell(rule, key[1], transitions)

        def _tell(self, rule: CompiledRule, series: int, transitions: tuple[Transition, ...]) -> None:
            for kind, ts_ms, value in transitions:
                self._outbox.append(OutboxEntry(rule.site_id, rule.id, rule.version, series, ts_ms, kind.value, value))

        def into(self, batch: Batch) -> None:
            """Put what must be durable into the batch."""
            batch.outbox += self._outbox
            for key, state in self._new.items():
                if must_save(self._states._states.get(key), state):
                    batch.states[key] = to_row(state)

        def adopt(self) -> None:
            """The batch is committed: these are the states now."""
            for key, state in self._new.items():
                self._states._put(key, self._touched[key], state)
