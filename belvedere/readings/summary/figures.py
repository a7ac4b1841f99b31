"""What a range comes to: the figures of one range, or of one day of it, out of what is known. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from operator import attrgetter, itemgetter
from typing import NamedTuple

from belvedere.readings.summary.evidence import Begins, Evidence, Extreme, Time, pick_extreme
from belvedere.readings.summary.spans import Spans, clip, find_longest, measure


class Bounds(NamedTuple):
    """A figure lies between these; they are equal where it is exact."""

    low: int
    high: int


class Beyond(NamedTuple):
    """The time with a value beyond the limit. An excursion is a time without a pause in which it was.

    first_ms: when the first excursion began, or the range, if it was going on then. last_ms: when the last one ended,
    or the range. None where there was none, and where only its buckets are left.
    """

    time_ms: Bounds
    excursions: Bounds
    longest_ms: Bounds
    first_ms: int | None
    last_ms: int | None


class Figures(NamedTuple):
    """The figures of [from_ms, to_ms). first_ms, last_ms: of its readings; None where only their buckets are left."""

    from_ms: int
    to_ms: int
    exact: bool
    readings: int
    first_ms: int | None
    last_ms: int | None
    min: Extreme | None
    max: Extreme | None
    mean: float | None
    with_data_ms: Bounds
    beyond: Beyond


def compute_figures(evidence: Evidence, from_ms: int, to_ms: int, now_ms: int) -> Figures:
    """Return the figures of a range. No value holds beyond `now_ms`, whatever the range."""
    first, end = (bisect_left(evidence.cells, edge, key=attrgetter("from_ms")) for edge in (from_ms, to_ms))
    cells = evidence.cells[first:end]
    count = sum(cell.n for cell in cells)
    least = pick_extreme(cells, attrgetter("min"), 1)
    greatest = pick_extreme(cells, attrgetter("max"), -1)
    mean = None
    if least is not None and greatest is not None:
        exact_mean = float(f"{math.fsum(cell.sum for cell in cells) / count:.15g}")
        mean = min(max(exact_mean, least.value), greatest.value)
    until_ms = max(from_ms, min(to_ms, now_ms))
    data = _clip_time(evidence.data, from_ms, until_ms)
    beyond = _clip_time(evidence.beyond, from_ms, until_ms)
    sure = from_ms >= evidence.lost_ms and all(cell.first_ms is not None for cell in cells)
    return Figures(
        from_ms,
        to_ms,
        sure and data.sure == data.maybe and beyond.sure == beyond.maybe,
        count,
        cells[0].first_ms if cells else None,
        cells[-1].last_ms if cells else None,
        least,
        greatest,
        mean,
        _make_bounds(data, measure),
        _summarise_beyond(beyond, evidence.begins, from_ms, until_ms),
    )


def _clip_time(time: Time, from_ms: int, to_ms: int) -> Time:
    return Time(clip(time.sure, from_ms, to_ms), clip(time.maybe, from_ms, to_ms))


def _make_bounds(time: Time, figure: Callable[[Spans], int]) -> Bounds:
    return Bounds(figure(time.sure), figure(time.maybe))


def _summarise_beyond(time: Time, begins: list[Begins], from_ms: int, until_ms: int) -> Beyond:
    sure, maybe = time
    first_sure = bool(sure) and sure[0].from_ms == maybe[0].from_ms
    last_sure = bool(sure) and sure[-1].to_ms == maybe[-1].to_ms
    return Beyond(
        _make_bounds(time, measure),
        Bounds(len(sure), len(sure)) if sure == maybe else _count_excursions(time, begins, from_ms, until_ms),
        _make_bounds(time, find_longest),
        sure[0].from_ms if first_sure else None,
        sure[-1].to_ms if last_sure else None,
    )


def _count_excursions(time: Time, begins: list[Begins], from_ms: int, until_ms: int) -> Bounds:
    """Return the bounds of their number.

    Each lies within one span of `maybe`, so a span with something sure in it has at least one; and no more can be than
    can begin, or go on at the begin of the range.
    """
    sure, maybe = time
    inside = begins[bisect_right(begins, from_ms, key=itemgetter(1)) : bisect_left(begins, until_ms, key=itemgetter(0))]
    ends = [span.to_ms for span in maybe]
    sure_in = {bisect_right(ends, span.from_ms) for span in sure}
    for one in inside:
        if one.some and one.from_ms >= from_ms and one.to_ms <= until_ms:
            first, end = bisect_right(ends, one.from_ms), bisect_left(maybe, one.to_ms, key=itemgetter(0))
            if end - first == 1:
                sure_in.add(first)
    going_on = bool(maybe) and maybe[0].from_ms == from_ms
    return Bounds(len(sure_in), sum(one.most for one in inside) + going_on)
