"""How often each series reports, as observed. Budgets of freshness follow it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from belvedere.devices.models import Series

MOVED_BY = 1 / 5  # of the known interval; smaller moves are noise
SERIES_A_QUERY = 5_000


def known_intervals() -> list[tuple[int, int, int]]:
    """Return (series, site, interval in ms) of the series whose interval is known."""
    rows = Series.objects.filter(interval_ms__isnull=False).values_list("id", "site_id", "interval_ms")
    return [(series, site, interval) for series, site, interval in rows if interval is not None]


def known_intervals_among(series: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """The same of these series only."""
    left = iter(series)
    while some := list(islice(left, SERIES_A_QUERY)):
        rows = Series.objects.filter(pk__in=some, interval_ms__isnull=False)
        for row, site, interval in rows.values_list("id", "site_id", "interval_ms"):
            if interval is not None:
                yield row, site, interval


def save_intervals(observed: Mapping[int, int]) -> None:
    """Write the intervals that have moved, in ms by series."""
    rows = Series.objects.filter(pk__in=observed).only("id", "interval_ms")
    moved = [row for row in rows if _has_moved(row.interval_ms, observed[row.pk])]
    for row in moved:
        row.interval_ms = observed[row.pk]
    Series.objects.bulk_update(moved, ["interval_ms"], batch_size=200)


def _has_moved(known: int | None, observed: int) -> bool:
    return known is None or abs(observed - known) > known * MOVED_BY
