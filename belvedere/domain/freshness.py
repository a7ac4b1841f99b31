"""How old a value may be before it is shown as late."""

from __future__ import annotations

import math

from belvedere.domain.metrics import find_metric

# With less than 10 s one slow poll (every 5 s) would show a device as late.
MIN_DERIVED_SECONDS = 10

# One reading may be lost and the next one come half an interval late.
INTERVALS = 2.5

# A value older than so many budgets stands for nothing any more: pages show it as stale, charts break their line.
STALE_BUDGETS = 3
# A device's clock may be this far ahead before it is called wrong; as web/src/lib/live/freshness.ts has it.
AHEAD_TOLERANCE_MS = 2_000


def freshness_of(ts_ms: int, budget_ms: int, now_ms: int) -> str:
    """fresh, late or stale; a value from the future, by a wrong clock, is late."""
    age_ms = now_ms - ts_ms
    if age_ms > budget_ms:
        return "late" if age_ms <= STALE_BUDGETS * budget_ms else "stale"
    return "late" if -age_ms > AHEAD_TOLERANCE_MS else "fresh"


def budget_seconds(set_by_person: int | None, interval_ms: int | None, metric: str) -> int:
    """Freshness budget of a series: what a person set, else 2.5 reporting intervals, else the metric's default."""
    if set_by_person is not None:
        return set_by_person
    if interval_ms is None:
        return find_metric(metric).freshness_seconds
    return max(MIN_DERIVED_SECONDS, math.ceil(INTERVALS * interval_ms / 1000))


def hold_ms(set_by_person: int | None, interval_ms: int | None, metric: str) -> int:
    """For how long a value stands for its series when no other follows: until it would be shown as stale."""
    return STALE_BUDGETS * 1000 * budget_seconds(set_by_person, interval_ms, metric)
