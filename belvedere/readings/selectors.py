"""Where the views find the store, and how long each series is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from belvedere.devices.models import Series
from belvedere.domain.provided import Provided
from belvedere.readings.store.port import HistoryReader, Keep


def _find_none(_site_id: int) -> Mapping[int, tuple[int, float]]:
    """In a process without readings."""
    return {}


# Site -> series -> (ts_ms, value), the newest ones.
latest_values: Provided[Callable[[int], Mapping[int, tuple[int, float]]]] = Provided("latest values", _find_none)
history_reader: Provided[HistoryReader] = Provided("store of readings")


def keep_by_series() -> dict[int, Keep]:
    """Return for how many days readings and tiers of each series are kept."""
    rows = Series.objects.values_list("id", "raw_days", "tier_days")
    return {series: Keep(raw, tier) for series, raw, tier in rows}
