"""The newest readings, in memory in time order; the log of the store makes them durable."""

from __future__ import annotations

import itertools
from array import array
from bisect import bisect_left
from collections.abc import Iterable

from belvedere.readings.store.chunk import Columns


class Memtable:
    """Series -> columns. Not locked: the store guards it.

    last_log_id: every row in here stands in the log at or below this id.
    """

    __slots__ = ("last_log_id", "rows", "series")

    def __init__(self) -> None:
        self.series: dict[int, Columns] = {}
        self.rows = 0
        self.last_log_id = 0

    def add(self, series: int, ts: int, value: float) -> bool:
        """Insert in time order; return False, without a change, if that time is taken."""
        columns = self.series.get(series)
        if columns is None:
            self.series[series] = Columns(array("q", (ts,)), array("d", (value,)))
            self.rows += 1
            return True
        times = columns.ts
        if ts > times[-1]:
            times.append(ts)
            columns.values.append(value)
        else:
            at = bisect_left(times, ts)
            if times[at] == ts:
                return False
            times.insert(at, ts)
            columns.values.insert(at, value)
        self.rows += 1
        return True

    def add_rows(self, rows: Iterable[tuple[int, int, float]]) -> None:
        """Insert (series, ts, value), where the same series may come with many late times: runs go in as one piece."""
        late: dict[int, dict[int, float]] = {}
        for series, ts, value in rows:
            columns = self.series.get(series)
            if columns is None:
                self.add(series, ts, value)
            elif ts > columns.ts[-1]:
                columns.ts.append(ts)
                columns.values.append(value)
                self.rows += 1
            else:
                late.setdefault(series, {}).setdefault(ts, value)
        for series, run in late.items():
            self._insert_runs(series, sorted(run.items()))

    def _insert_runs(self, series: int, rows: list[tuple[int, float]]) -> None:
        """Insert sorted rows, each run of them that falls between two known times at once."""
        times, values = self.series[series]
        begin = 0
        while begin < len(rows):
            at = bisect_left(times, rows[begin][0])
            end = bisect_left(rows, (times[at],), begin) if at < len(times) else len(rows)
            if end == begin:  # that time is taken
                begin += 1
                continue
            times[at:at] = array("q", [ts for ts, _ in rows[begin:end]])
            values[at:at] = array("d", [value for _, value in rows[begin:end]])
            self.rows += end - begin
            begin = end

    def value_at(self, series: int, ts: int) -> float | None:
        """Return the value at exactly that time, or None."""
        return find_value(self.series.get(series), ts)

    def between(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """Copy the readings with from_ms <= ts <= to_ms."""
        columns = self.series.get(series)
        if columns is None:
            return Columns(array("q"), array("d"))
        return columns.between(from_ms, to_ms)


def find_value(columns: Columns | None, ts: int) -> float | None:
    """Return the value at exactly that time, or None."""
    if columns is None:
        return None
    at = bisect_left(columns.ts, ts)
    if at < len(columns.ts) and columns.ts[at] == ts:
        return columns.values[at]
    return None


def merge(parts: list[Columns]) -> Columns:
    """Merge several parts in time order; if a time is in two of them, the earlier part wins."""
    parts = [part for part in parts if part.ts]
    if not parts:
        return Columns(array("q"), array("d"))
    parts.sort(key=lambda part: part.ts[0])
    if all(a.ts[-1] < b.ts[0] for a, b in itertools.pairwise(parts)):
        ts, values = array("q"), array("d")
        for part in parts:
            ts.extend(part.ts)
            values.extend(part.values)
        return Columns(ts, values)
    union: dict[int, float] = {}
    for part in parts:
        for time, value in zip(part.ts, part.values, strict=True):
            union.setdefault(time, value)
    ordered = sorted(union)
    return Columns(array("q", ordered), array("d", [union[time] for time in ordered]))
