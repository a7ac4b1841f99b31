"""Exact knowledge, out of the readings themselves. Pure.

Half a million readings are walked through for one answer, so what can be asked of a page as a whole is: its steps, its
extremes, its sum. Only a page with values on both sides of the limit is looked at one by one.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import sub

from belvedere.readings.store.chunk import Columns
from belvedere.readings.summary.evidence import Band, Cell, Extreme
from belvedere.readings.summary.spans import Spans, extend


def find_runs(ts: array[int], hold_ms: int) -> list[tuple[int, int]]:
    """Return (first, end) indices of the parts in which each reading follows the one before within `hold_ms`."""
    if len(ts) < 2 or max(map(sub, ts[1:], ts)) <= hold_ms:
        return [(0, len(ts))] if ts else []
    cuts = [at for at, step in enumerate(map(sub, ts[1:], ts), 1) if step > hold_ms]
    return list(zip([0, *cuts], [*cuts, len(ts)], strict=True))


class Follower:
    """Follows readings page by page, in time order. data: the time with a value. beyond: with one beyond the band."""

    def __init__(self, hold_ms: int, band: Band | None) -> None:
        self.data: Spans = []
        self.beyond: Spans = []
        self._hold_ms = hold_ms
        self._band = band
        self._last: tuple[int, bool] | None = None  # time of the last reading, and whether it is beyond

    def add(self, page: Columns) -> None:
        """Follow the next page; the value of its last reading waits for the page after it."""
        ts, values = page
        if not ts:
            return
        self._end_last(ts[0])
        flags = self._judge(values)
        for first, end in find_runs(ts, self._hold_ms):
            until_ms = ts[end - 1] + (self._hold_ms if end < len(ts) else 0)
            extend(self.data, ts[first], until_ms)
            if flags is not None:
                self._add_beyond(ts, flags, (first, end), until_ms)
        self._last = ts[-1], flags is not None and bool(flags[-1])

    def end(self) -> None:
        """No reading follows."""
        if self._last is not None:
            self._end_last(self._last[0] + self._hold_ms)
            self._last = None

    def _end_last(self, next_ms: int) -> None:
        if self._last is None:
            return
        last_ms, beyond = self._last
        until_ms = min(next_ms, last_ms + self._hold_ms)
        extend(self.data, last_ms, until_ms)
        if beyond:
            extend(self.beyond, last_ms, until_ms)

    def _judge(self, values: array[float]) -> bytes | None:
        """Return 1 for each value that is beyond, else 0; None where none is."""
        band = self._band
        if band is None:
            return None
        least, greatest = min(values), max(values)
        if band.holds(least, greatest):
            return None
        if band.excludes(least, greatest):
            return b"\x01" * len(values)
        low, high = band
        return bytes([not low <= value <= high for value in values])

    def _add_beyond(self, ts: array[int], flags: bytes, run: tuple[int, int], until_ms: int) -> None:
        at, end = run
        while (at := flags.find(1, at, end)) >= 0:
            inside = flags.find(0, at, end)
            if inside < 0:
                extend(self.beyond, ts[at], until_ms)
                return
            extend(self.beyond, ts[at], ts[inside])
            at = inside


def split_page(page: Columns, edges: Sequence[int]) -> Iterator[Columns]:
    """Yield the parts of a page between the edges (in order); what lies before the first or after the last is left."""
    ts, values = page
    cuts = [bisect_left(ts, edge) for edge in edges]
    for low, high in pairwise(cuts):
        if low < high:
            yield Columns(ts[low:high], values[low:high])


def make_cells(pages: Iterable[Columns]) -> Iterator[Cell]:
    """Yield what each page comes to."""
    for ts, values in pages:
        least, greatest = min(values), max(values)
        low_ms, high_ms = ts[values.index(least)], ts[values.index(greatest)]
        yield Cell(
            ts[0],
            ts[-1] + 1,
            len(ts),
            math.fsum(values),
            Extreme(least, low_ms, low_ms),
            Extreme(greatest, high_ms, high_ms),
            ts[0],
            ts[-1],
        )
