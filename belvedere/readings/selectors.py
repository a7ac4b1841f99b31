"""Where the views find the store, and how long each series is kept."""

from __future__ import annotations

from belvedere.devices.models import Series
from belvedere.domain.provided import Provided
from belvedere.readings.store.port import HistoryReader, Keep

history_reader: Provided[HistoryReader] = Provided("store of readings")


def keep_by_series() -> dict[int, Keep]:
    """Return for how many days readings and tiers of each series are kept."""
    rows = Series.objects.values_list("id", "raw_days", "tier_days")
    return {series: Keep(raw, tier) for series, raw, tier in rows}
