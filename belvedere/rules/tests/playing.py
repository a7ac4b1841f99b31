"""Plays samples and ticks to a rule, in seconds after T0."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from belvedere.rules.conditions import Condition
from belvedere.rules.evaluate.phases import Change, Step, Transition
from belvedere.rules.evaluate.present import evaluate_present
from belvedere.rules.evaluate.rule import CompiledRule, compile_rule
from belvedere.rules.evaluate.sample import evaluate_sample
from belvedere.rules.evaluate.state import RuleState, create_state
from belvedere.rules.evaluate.tick import evaluate_tick


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
    """Time passed. The fields are those of `evaluate_tick`."""

    watermark_ms: int
    ahead_ms: int = 0


def step(rule: CompiledRule, state: RuleState, event: Sample | Tick) -> Step:
    """Evaluate one event."""
    if isinstance(event, Tick):
        return evaluate_tick(rule, state, event.watermark_ms, event.ahead_ms)
    received_ms = event.ts_ms if event.received_ms is None else event.received_ms
    steady_ms = received_ms if event.steady_ms is None else event.steady_ms
    return evaluate_sample(rule, state, event.ts_ms, event.value, received_ms, steady_ms)


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
    state = state or create_state(rule, T0)
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


def evaluate_now(rule: CompiledRule, state: RuleState, second: float) -> list[Brief]:
    _, transitions = evaluate_present(rule, state, T0 + int(second * 1000))
    return [(t.kind.value, (t.ts_ms - T0) // 1000, t.value) for t in transitions]


def after(condition: Condition, *events: Sample | Tick) -> RuleState:
    rule = rule_of(condition)
    state = create_state(rule, T0)
    for event in events:
        state, _ = step(rule, state, event)
    return state
