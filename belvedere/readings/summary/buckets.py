"""Knowledge within bounds, out of buckets whose readings are gone. Pure.

A bucket says that at least one reading was in it and between which values all of them were, but not in what order. The
value at an instant is that of the last reading before it, which was in the same bucket or in the one before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from belvedere.readings.summary.evidence import Band, Begins, Cell, Extreme, Time
from belvedere.readings.summary.spans import Spans, extend, intersect
from belvedere.readings.tiers import Bucket


class Side(Enum):
    """Where the values of a bucket are."""

    INSIDE = "inside"
    BEYOND = "beyond"
    MIXED = "mixed"


_INSIDE, _BEYOND, _MIXED = Side  # looked up once, not once a bucket


class Gone(NamedTuple):
    """A bucket with readings that are deleted.

    to_ms: its end, or where the readings that are kept begin; `whole` where it is its end. n: without those that are
    kept. side: of all its readings, kept or not.
    """

    from_ms: int
    to_ms: int
    n: int
    side: Side
    bucket: Bucket
    whole: bool = True


def find_side(bucket: Bucket, band: Band | None) -> Side:
    """Return on which side of the band all values of the bucket are."""
    if band is None or band.holds(bucket.min, bucket.max):
        return _INSIDE
    return _BEYOND if band.excludes(bucket.min, bucket.max) else _MIXED


def make_bucket_cells(gone: Sequence[Gone], edges: Sequence[int]) -> Iterator[Cell]:
    """Yield what the whole buckets between two edges come to, for each two that follow each other."""
    starts = [one.from_ms for one in gone]
    cuts = [bisect_left(starts, edge) for edge in edges]
    for first, end in pairwise(cuts):
        if first < end:
            yield _make_cell(gone[first:end])


def _make_cell(gone: Sequence[Gone]) -> Cell:
    lows = [one.bucket.min for one in gone]
    highs = [one.bucket.max for one in gone]
    least, greatest = min(lows), max(highs)
    low, high = gone[lows.index(least)], gone[highs.index(greatest)]
    return Cell(
        gone[0].from_ms,
        gone[-1].to_ms,
        sum(one.bucket.n for one in gone),
        sum(one.bucket.sum for one in gone),
        Extreme(least, low.from_ms, low.to_ms - 1),
        Extreme(greatest, high.from_ms, high.to_ms - 1),
        None,
        None,
    )


def bound_data(gone: Iterable[Gone], hold_ms: int, runs: Spans | None) -> Time:
    """Return the time with data. runs: where the times of the deleted readings are known, exactly that time."""
    if runs is not None:
        return Time(runs, runs)
    sure: Spans = []
    maybe: Spans = []
    for one in gone:
        extend(maybe, one.from_ms, one.to_ms - 1 + hold_ms)
        # Its reading holds here wherever in the bucket it was.
        extend(sure, one.to_ms - 1, one.from_ms + hold_ms)
    return Time(sure, maybe)


def bound_beyond(gone: Iterable[Gone], hold_ms: int, data: Time, until_ms: int) -> Time:
    """Return the time beyond the limit, up to until_ms, where the first reading that is kept takes over."""
    sure: Spans = []
    maybe: Spans = []
    side, end_ms = _INSIDE, 0  # of the bucket before
    for one in gone:
        if side is _INSIDE and one.side is _INSIDE:
            end_ms = one.to_ms
            continue
        if side is not _INSIDE:
            reach_ms = end_ms - 1 + hold_ms
            extend(maybe, end_ms, min(one.from_ms, reach_ms))
            # Up to the first reading of this bucket, whose time is not known, the last one of that before holds.
            extend(maybe, one.from_ms, min(one.to_ms, reach_ms))
            if side is _BEYOND:
                extend(sure, end_ms, min(one.from_ms, reach_ms))
        if one.side is not _INSIDE:
            extend(maybe, one.from_ms, one.to_ms)
            if one.side is _BEYOND:
                doubtful_ms = one.from_ms if side is _BEYOND else end_ms - 1 + hold_ms
                extend(sure, max(one.from_ms, doubtful_ms), one.to_ms)
        side, end_ms = one.side, one.to_ms
    if side is not _INSIDE:
        reach_ms = min(until_ms, end_ms - 1 + hold_ms)
        extend(maybe, end_ms, reach_ms)
        if side is _BEYOND:
            extend(sure, end_ms, reach_ms)
    return Time(intersect(sure, data.sure), intersect(maybe, data.maybe))


def bound_begins(gone: Iterable[Gone], hold_ms: int, runs: Spans | None) -> list[Begins]:
    """Return how many excursions can begin in each bucket that has values beyond the limit."""
    found: list[Begins] = []
    starts = None if runs is None else [run.from_ms for run in runs]
    before: Gone | None = None
    for one in gone:
        if one.side is not _INSIDE:
            most = one.n
            if one.side is _MIXED and one.whole:
                most -= 1
            if starts is not None:
                most = min(most, _count_begins(one, before, hold_ms, starts))
            found.append(Begins(one.from_ms, one.to_ms, most, some=one.whole))
        before = one
    return found


def _count_begins(one: Gone, before: Gone | None, hold_ms: int, starts: list[int]) -> int:
    """Return the most excursions that can begin in a bucket, given where data begins after a gap."""
    gaps = bisect_left(starts, one.to_ms) - bisect_left(starts, one.from_ms)
    if one.side is _MIXED:
        return (one.n + 1) // 2 + gaps
    goes_on = before is not None and (before.side is _BEYOND or before.to_ms - 1 + hold_ms <= one.from_ms)
    return gaps if goes_on else gaps + 1
