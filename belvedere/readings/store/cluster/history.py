"""Ranges of readings and buckets of one partition, from memory and MongoDB together. Any thread."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.cluster.memory import Memory
from belvedere.readings.store.cluster.windows import Tables, rebuild_buckets
from belvedere.readings.store.horizon import Horizon
from belvedere.readings.store.memtable import merge
from belvedere.readings.store.recent import find_buckets
from belvedere.readings.tiers import Bucket, Tier

PAGE_WINDOWS = 8


class History:
    """Reads ranges (port.HistoryReader), exact up to what `memory` holds."""

    def __init__(self, memory: Memory, tables: Tables) -> None:
        self._memory = memory
        self._tables = tables

    def horizon(self, series: int) -> Horizon:
        """What is gone of the series."""
        return self._memory.horizon(series)

    def raw(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """Readings with from_ms <= ts <= to_ms in time order."""
        # Memory first: a row that is being moved is then seen twice, never missed.
        parts = self._memory.between(series, from_ms, to_ms)
        windows = self._tables.chunks.between(series, from_ms, to_ms)
        return merge(parts + [window.content.between(from_ms, to_ms) for window in windows])

    def pages(self, series: int, from_ms: int, to_ms: int) -> Iterator[Columns]:
        """The same as raw, in pages of a few thousand readings."""
        chunks = self._tables.chunks
        starts = [number * chunks.width_ms for number in chunks.numbers(series, from_ms, to_ms)]
        edges = [from_ms, *(start for start in starts[PAGE_WINDOWS::PAGE_WINDOWS] if start > from_ms), to_ms + 1]
        for start, end in itertools.pairwise(edges):
            page = self.raw(series, start, end - 1)
            if page.ts:
                yield page

    def first_ms(self, series: int) -> int | None:
        """Return the time of the first reading that anything is known of."""
        found = self._memory.first_ms(series)
        for table in (self._tables.chunks, self._tables.times):
            window = table.first(series)
            if window is not None:
                found.append(window.content.ts[0] if window.content.ts else table.span_of(window.number).first_ms)
        return min(found, default=None)

    def kept_from(self, series: int, from_ms: int, to_ms: int) -> int:
        """Return from when on all readings of the range can be read, as far as they were looked at."""
        damaged_ms = self._tables.chunks.damage.find_end(series, from_ms, to_ms)
        return max(self._memory.horizon(series).raw_ms, 0 if damaged_ms is None else damaged_ms + 1)

    def deleted_runs(self, series: int, from_ms: int, to_ms: int, hold_ms: int) -> list[tuple[int, int]] | None:
        """Return (first, last) times of deleted readings that followed each other; None where not all are known."""
        runs: list[tuple[int, int]] = []
        for window in self._tables.times.between(series, from_ms, to_ms):
            for ts in window.content.ts:
                if runs and ts - runs[-1][1] <= hold_ms:
                    runs[-1] = (runs[-1][0], ts)
                else:
                    runs.append((ts, ts))
        if any(table.damage.covers(series, from_ms, to_ms) for table in (self._tables.chunks, self._tables.times)):
            return None
        return [run for run in runs if run[1] >= from_ms and run[0] <= to_ms]

    def buckets(self, series: int, tier: Tier, from_ms: int, to_ms: int) -> list[Bucket]:
        """Buckets of the tier that overlap the range."""
        return find_buckets(self, series, tier, from_ms, to_ms)

    # --- what store/recent.py asks ----------------------------------------------------------------

    def in_memory(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """The readings of the range that are not moved yet."""
        return merge(self._memory.between(series, from_ms, to_ms))

    def stored_buckets(self, series: int, tier: Tier, low: int, high: int) -> list[Bucket]:
        """Buckets with low <= start < high, as they are stored."""
        windows = self._tables.tiers[tier].between(series, low, high - 1)
        contents = (
            rebuild_buckets(self._tables, tier, series, window.number) if window.is_damaged else window.content
            for window in windows
        )
        return [bucket for content in contents for bucket in content if low <= bucket.start < high]

    def is_damaged(self, series: int, from_ms: int, to_ms: int) -> bool:
        """Whether a reading of that range may stand in a chunk that cannot be read."""
        return self._tables.chunks.damage.covers(series, from_ms, to_ms)
