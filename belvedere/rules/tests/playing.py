"""Plays samples and ticks to a rule, in seconds after T0."""

from __future__ import annotations

from collections.abc import Iterable

from belvedere.rules.conditions import Condition
from belvedere.rules.evaluate import (
    Change,
    CompiledRule,
    RuleState,
    Sample,
    Tick,
    Transition,
    compile_rule,
    initial_state,
    look,
    step,
)

T0 = 1_763_900_000_000
Brief = tuple[str, int, float | None]


def rule_of(condition: Condition, version: int = 1) -> CompiledRule:
    return compile_rule(7, version, 1, condition)


def play(rule: CompiledRule, events: Iterable[Sample | Tick], state: RuleState | None = None) -> list[Brief]:
    """The transitions, with seconds after T0; peaks left out."""
    return [
        (t.kind.value, (t.ts_ms - T0) // 1000, t.value)
        for t in everything(rule, events, state)
        if t.kind is not Change.UPDATED
    ]


def everything(rule: CompiledRule, events: Iterable[Sample | Tick], state: RuleState | None = None) -> list[Transition]:
    state = state or initial_state(rule, T0)
    found: list[Transition] = []
    for event in events:
        state, transitions = step(rule, state, event)
        found += transitions
    return found


def at(second: float, value: float) -> Sample:
    return Sample(T0 + int(second * 1000), value)


def late(second: float, value: float, received: float) -> Sample:
    """Kept by the device until `received`, or by a device whose clock is behind."""
    return Sample(T0 + int(second * 1000), value, T0 + int(received * 1000))


def tick(second: float) -> Tick:
    return Tick(T0 + int(second * 1000))


def looked(rule: CompiledRule, state: RuleState, second: float) -> list[Brief]:
    _, transitions = look(rule, state, T0 + int(second * 1000))
    return [(t.kind.value, (t.ts_ms - T0) // 1000, t.value) for t in transitions]


def after(condition: Condition, *events: Sample | Tick) -> RuleState:
    rule = rule_of(condition)
    state = initial_state(rule, T0)
    for event in events:
        state, _ = step(rule, state, event)
    return state
