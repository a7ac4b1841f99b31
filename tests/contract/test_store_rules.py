"""What every store keeps to for rules: a worker that takes their states up goes on as the one before it would have."""

from __future__ import annotations

import pytest

from belvedere.pipeline.rulebook import Now, RuleStates
from belvedere.readings.store.batch import Verdict
from belvedere.rules.conditions import Rate
from belvedere.rules.evaluate.rule import CompiledRule, compile_rule
from tests.contract.conftest import Again
from tests.contract.subject import Subject

SECOND = 1_763_900_000_000


class Book:
    """One rule on series 1."""

    def __init__(self, rule: CompiledRule) -> None:
        self.rule = rule

    def map_watching(self) -> dict[int, tuple[CompiledRule, ...]]:
        return {1: (self.rule,)}

    def get_rule(self, rule_id: int) -> CompiledRule | None:
        return self.rule if rule_id == self.rule.id else None

    def list_watched(self) -> list[tuple[CompiledRule, int]]:
        return [(self.rule, 1)]

    def follow_time(self) -> bool:
        return False

    def list_ticking(self) -> list[tuple[CompiledRule, int]]:
        return []

    def list_awaited(self) -> list[tuple[str, str]]:
        return []


STEEP = compile_rule(7, 1, 1, Rate(10.0, "up", 60))


def taken_up(subject: Subject, now: Now) -> RuleStates:
    """The rule states of a worker that begins."""
    states = RuleStates(Book(STEEP), subject.store.present, subject.store.rule_history)
    states.restore(subject.store.rule_states(), now)
    changes, batch = states.changes(now), subject.store.stage()
    changes.evaluate_present()
    changes.into(batch)
    subject.store.commit(batch)
    changes.adopt()
    return states


@pytest.mark.parametrize("workers", ["one", "another for each reading"])
def test_a_rate_rule_opens_at_the_same_reading_whichever_worker_takes_it(
    subject: Subject, again: Again, workers: str
) -> None:
    now = Now(SECOND, SECOND)
    states = taken_up(subject, now)
    for step in range(40):
        ts = SECOND + step * 5_000
        now = Now(ts, ts)
        if workers != "one":
            again()
            states = taken_up(subject, now)
        value = 20.0 if step < 20 else 20.0 + (step - 20)
        batch, changes = subject.store.stage(), states.changes(now)
        assert batch.add(1, ts, value, ts) is Verdict.NEW
        changes.sample((STEEP,), 1, ts, value, ts)
        changes.into(batch)
        subject.store.commit(batch)
        changes.adopt()
    told = [(row.kind, (row.ts_ms - SECOND) // 5_000) for row in subject.store.outbox_after(0, 99)]
    assert [row for row in told if row[0] in ("opened", "resolved")] == [("opened", 31)]


def test_the_history_of_a_rule_is_what_was_committed(subject: Subject, again: Again) -> None:
    values = [(SECOND + n * 1_000, float(n)) for n in range(9)]
    batch = subject.store.stage()
    for ts, value in values:
        batch.add(1, ts, value, ts)
    batch.states[7, 1] = b"open"
    batch.histories[7, 1] = values
    subject.store.commit(batch)
    again()
    assert subject.store.rule_history(7, 1, values[2][0], values[-1][0]) == values[2:]
