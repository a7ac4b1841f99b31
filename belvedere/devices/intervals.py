# ruff: noqa: S608  (the table's name comes from the model; every value is bound)
"""How often each series reports, as observed. Budgets of freshness follow it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

from django.db import transaction

from belvedere.devices.models import Series
from belvedere.registry.sql import execute, placeholders

MOVED_BY = 1 / 5  # of the known interval; smaller moves are noise
SERIES_A_QUERY = 5_000
SERIES_A_STATEMENT = 200  # the database goes through half of its cases for each row


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
    left = iter(observed)
    while some := list(islice(left, SERIES_A_QUERY)):
        rows = Series.objects.filter(pk__in=some).values_list("id", "interval_ms")
        moved = iter([(series, observed[series]) for series, known in rows if _has_moved(known, observed[series])])
        with transaction.atomic():
            while written := list(islice(moved, SERIES_A_STATEMENT)):
                _write(written)


def _write(intervals: list[tuple[int, int]]) -> None:
    """In plain SQL: in a cluster all partitions of a worker wait for it, and Django's is ten times as dear."""
    cases = " ".join(["WHEN %s THEN %s"] * len(intervals))
    series = [one for one, _ in intervals]
    execute(
        f"UPDATE {Series._meta.db_table} SET interval_ms = CASE id {cases} END WHERE id IN ({placeholders(series)})",
        [*chain.from_iterable(intervals), *series],
    )


def _has_moved(known: int | None, observed: int) -> bool:
    return known is None or abs(observed - known) > known * MOVED_BY
