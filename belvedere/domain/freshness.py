"""How old a value may be before it is shown as late."""

from __future__ import annotations

import math

from belvedere.domain.metrics import metric_defaults

# A budget below 10 s would call a device late for one slow poll of 5 s and its network.
MIN_DERIVED_SECONDS = 10

# One reading may be lost and the next be half an interval late before anybody should worry.
INTERVALS = 2.5


def budget_seconds(set_by_person: int | None, interval_ms: int | None, metric: str) -> int:
    """Freshness budget of a series: a person's word, else 2.5 reporting intervals, else the metric's default."""
    if set_by_person is not None:
        return set_by_person
    if interval_ms is None:
        return metric_defaults(metric).freshness_seconds
    return max(MIN_DERIVED_SECONDS, math.ceil(INTERVALS * interval_ms / 1000))
