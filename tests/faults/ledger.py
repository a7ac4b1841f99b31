"""Comparing what was acknowledged with what is stored, and the alert log with what was stored."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.faults.traffic import Recorder
from tests.live.server import House

LEVEL, CLEAR = 35.0, 34.0


class Verdict(NamedTuple):
    """All zero where nothing was lost and nothing is there twice."""

    lost: int
    twice: int
    never_sent: int
    wrong_value: int


def compare_readings(house: House, recorder: Recorder) -> tuple[Verdict, list[float]]:
    """The verdict, and the stored values in the order of their time."""
    series = house.series_of(recorder.device)["temperature"]
    rows = house.csv(series, recorder.base_ms, recorder.base_ms + recorder.sent + 1)
    numbers = [ts - recorder.base_ms for ts, _ in rows]
    stored = set(numbers)
    wrong = [number for number, (_, value) in zip(numbers, rows, strict=True) if value != recorder.value(number)]
    verdict = Verdict(
        lost=len(recorder.acknowledged - stored),
        twice=len(numbers) - len(stored),
        never_sent=len([number for number in stored if not 0 <= number < recorder.sent]),
        wrong_value=len(wrong),
    )
    return verdict, [value for _, value in rows]


def expected_states(values: list[float]) -> list[str]:
    """The alert's states that a rule above LEVEL with clear CLEAR goes through over these readings."""
    states: list[str] = []
    is_open = False
    for value in values:
        if not is_open and value > LEVEL:
            is_open = True
            states.append("open")
        elif is_open and value < CLEAR:
            is_open = False
            states.append("resolved")
    return states


def check_log(events: list[dict[str, Any]], values: list[float]) -> None:
    """Gapless from 1, and exactly the changes that the stored readings call for."""
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1)), "the log has a gap or a repeat"
    states = [event["alert"]["state"] for event in events]
    expected = expected_states(values)
    first_wrong = next((n for n, pair in enumerate(zip(states, expected, strict=False)) if pair[0] != pair[1]), None)
    assert states == expected, f"{len(states)} events for {len(expected)} changes; they part at {first_wrong}"
