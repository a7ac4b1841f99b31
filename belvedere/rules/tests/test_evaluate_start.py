"""What a start of the server finds of each state that it restored."""

from __future__ import annotations

import msgspec
import pytest

from belvedere.rules.conditions import Above, Condition, IsTrue, NoData, Rate
from belvedere.rules.evaluate.present import evaluate_after_start
from belvedere.rules.evaluate.state import Phase, RuleState
from belvedere.rules.tests.playing import T0, Brief, after, at, play, rule_of, tick

NEVER_HEARD = after(NoData(for_seconds=60), tick(100))
RISING = Rate(5.0, "up", 60)


def start(condition: Condition, state: RuleState, second: float) -> tuple[RuleState, list[Brief]]:
    state, transitions = evaluate_after_start(rule_of(condition), state, T0 + int(second * 1000))
    return state, [(t.kind.value, (t.ts_ms - T0) // 1000, t.value) for t in transitions]


@pytest.mark.parametrize(
    ("condition", "state", "told"),
    [
        (Above(35.0), after(Above(35.0), at(10, 36.0)), [("remains", 10, 36.0)]),
        (Above(35.0), after(Above(35.0), at(10, 36.0), at(20, 40.0), at(30, 37.0)), [("remains", 10, 40.0)]),
        (IsTrue(), after(IsTrue(), at(10, 1.0)), [("remains", 10, 1.0)]),
        (NoData(for_seconds=60), after(NoData(for_seconds=60), at(0, 7.0), tick(100)), [("remains", 60, 7.0)]),
        (NoData(for_seconds=60), NEVER_HEARD, [("remains", 60, None)]),
        (NoData(for_seconds=60), msgspec.structs.replace(NEVER_HEARD, last_value=7.0), [("remains", 60, 7.0)]),
        (RISING, after(RISING, at(0, 1.0), at(10, 99.0)), [("remains", 10, 99.0)]),
    ],
)
def test_the_log_is_told_what_is_still_open_since_when_and_its_worst(
    condition: Condition, state: RuleState, told: list[Brief]
) -> None:
    assert start(condition, state, 200) == (state, told)


def test_a_value_that_was_missed_while_the_rule_was_off_opens_or_resolves() -> None:
    calm, beyond = after(Above(35.0), at(10, 20.0)), after(Above(35.0), at(10, 36.0))
    state, told = start(Above(35.0), msgspec.structs.replace(calm, last_value=36.0), 60)
    assert (state.phase, told) == (Phase.OPEN, [("opened", 60, 36.0)])
    state, told = start(Above(35.0), msgspec.structs.replace(beyond, last_value=20.0, peak=36.0), 60)
    assert (state.phase, told) == (Phase.CLEAR, [("resolved", 60, 20.0)])


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        (Above(35.0), after(Above(35.0), at(10, 20.0))),
        (RISING, after(RISING, at(0, 1.0), at(10, 1.0))),
        (NoData(for_seconds=60), after(NoData(for_seconds=60), at(10, 20.0))),
    ],
)
def test_nothing_is_told_of_what_is_calm(condition: Condition, state: RuleState) -> None:
    assert start(condition, state, 1_000) == (state, [])


def test_a_wait_goes_on_over_the_start() -> None:
    condition = Above(35.0, for_seconds=300)
    state = after(condition, at(10, 36.0))
    state, told = start(condition, state, 200)
    assert told == []
    assert play(rule_of(condition), [tick(310), tick(311)], state) == [("opened", 310, 36.0)]
