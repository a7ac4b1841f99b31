"""How old a value may be."""

from __future__ import annotations

import pytest

from belvedere.domain.freshness import budget_seconds, hold_ms


@pytest.mark.parametrize(
    ("set_by_person", "interval_ms", "metric", "seconds"),
    [
        (60, 1000, "temperature", 60),
        (None, 1000, "temperature", 10),
        (None, 5000, "temperature", 13),
        (None, 60_000, "motion", 150),
        (None, None, "temperature", 15),
        (None, None, "motion", 120),
        (None, None, "no_such_metric", 15),
    ],
)
def test_a_person_wins_over_the_interval_and_the_interval_over_the_metric(
    set_by_person: int | None, interval_ms: int | None, metric: str, seconds: int
) -> None:
    assert budget_seconds(set_by_person, interval_ms, metric) == seconds


def test_a_value_holds_for_three_budgets() -> None:
    assert hold_ms(60, 1000, "temperature") == 180_000
    assert hold_ms(None, 5000, "temperature") == 39_000
