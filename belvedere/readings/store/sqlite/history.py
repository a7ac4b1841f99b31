"""Ranges of readings and buckets, from memory and chunks together. Any thread."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator

from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.sqlite.damage import Span
from belvedere.readings.store.sqlite.database import Database
from belvedere.readings.store.sqlite.memtable import merge
from belvedere.readings.tiers import (
    MINUTE,
    TIERS,
    Bucket,
    Tier,
    find_starts,
    join_ranges,
    make_buckets,
    overlay_buckets,
    widen_buckets,
)

PAGE_CHUNKS = 8


class History:
    """Reads ranges (port.HistoryReader), exact up to the last commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def raw(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """Readings with from_ms <= ts <= to_ms in time order."""
        # Memory first, chunks after: a row that is being moved is then seen twice, never missed.
        parts = read_memory(self._database, series, from_ms, to_ms)
        with self._database.pool.lend() as db:
            parts += self._database.chunks.between(db, series, from_ms, to_ms)
        return merge(parts)

    def pages(self, series: int, from_ms: int, to_ms: int) -> Iterator[Columns]:
        """The same as raw, in pages of a few thousand readings."""
        with self._database.pool.lend() as db:
            rows = db.execute(
                "SELECT first_ts FROM chunk WHERE series=? AND first_ts BETWEEN ? AND ? ORDER BY first_ts",
                (series, from_ms + 1, to_ms),
            ).fetchall()
        starts = [from_ms, *(first for (first,) in rows[PAGE_CHUNKS - 1 :: PAGE_CHUNKS]), to_ms + 1]
        for start, end in itertools.pairwise(starts):
            page = self.raw(series, start, end - 1)
            if page.ts:
                yield page

    def first_ms(self, series: int) -> int | None:
        """Return the time of the first reading that anything is known of."""
        database = self._database
        with database.lock:
            tables = [database.active] + ([database.frozen] if database.frozen is not None else [])
            found = [table.series[series].ts[0] for table in tables if series in table.series]
        with database.pool.lend() as db:
            stored = [database.chunks.first_ms(db, series), database.times.first_ms(db, series)]
            found += [first for first in stored if first is not None]
            unlisted_ms = database.horizon(series).unlisted_ms
            minutes = read_buckets(db, series, MINUTE, 0, unlisted_ms, limit=1) if unlisted_ms else []
        return min([*found, *(bucket.start for bucket in minutes)], default=None)

    def kept_from(self, series: int, from_ms: int, to_ms: int) -> int:
        """Return from when on all readings of the range can be read."""
        damaged_ms = self._database.chunks.damage.find_end(series, from_ms, to_ms)
        return max(self._database.horizon(series).raw_ms, 0 if damaged_ms is None else damaged_ms + 1)

    def deleted_runs(self, series: int, from_ms: int, to_ms: int, hold_ms: int) -> list[tuple[int, int]] | None:
        """Return (first, last) times of deleted readings that followed each other; None where not all are known."""
        database = self._database
        with database.pool.lend() as db:
            runs = database.times.runs(db, series, Span(from_ms, to_ms), hold_ms)
        unlisted = from_ms < database.horizon(series).unlisted_ms
        damaged = [table.damage.covers(series, from_ms, to_ms) for table in (database.chunks, database.times)]
        return None if unlisted or any(damaged) else runs

    def buckets(self, series: int, tier: Tier, from_ms: int, to_ms: int) -> list[Bucket]:
        """Buckets of the tier that overlap the range."""
        low = from_ms - from_ms % tier.width_ms
        high = to_ms - to_ms % tier.width_ms + tier.width_ms
        horizon = self._database.horizon(series)
        recent = merge(read_memory(self._database, series, max(low, horizon.sealed_before(MINUTE)), high - 1))
        with self._database.pool.lend() as db:
            stored = read_buckets(db, series, tier, low, high)
            if not recent.ts:
                return stored
            if tier is MINUTE:
                return overlay_buckets(stored, self._minutes_of_recent(series, recent))
            return overlay_buckets(stored, self._wide_of_recent(db, series, tier, recent, horizon.sealed_before(tier)))

    def _wide_of_recent(
        self, db: sqlite3.Connection, series: int, tier: Tier, recent: Columns, sealed_ms: int
    ) -> list[Bucket]:
        """Buckets wider than minutes, from `sealed_ms` on, that hold readings which are still in memory."""
        width = tier.width_ms
        wide = {start for start in find_starts(recent.ts, width) if start >= sealed_ms}
        apart = self._find_mixed(db, series, width, wide, recent)
        fresh: list[Bucket] = []
        for start, end in join_ranges(wide - apart, width):
            times = recent.between(start, end - 1).ts
            last_ms = times[-1] - times[-1] % MINUTE.width_ms + MINUTE.width_ms - 1
            fresh += make_buckets(self.raw(series, times[0] - times[0] % MINUTE.width_ms, last_ms), width)
        for start in apart:
            stored = read_buckets(db, series, MINUTE, start, start + width)
            minutes = self._minutes_of_recent(series, recent.between(start, start + width - 1))
            fresh += widen_buckets(overlay_buckets(stored, minutes), width)
        return fresh

    def _find_mixed(
        self, db: sqlite3.Connection, series: int, width_ms: int, wide: set[int], recent: Columns
    ) -> set[int]:
        """Those of the `wide` starts with minutes that hold nothing of `recent`, or with what cannot be read."""
        stored = (
            bucket.start
            for start, end in join_ranges(wide, width_ms)
            for bucket in read_buckets(db, series, MINUTE, start, end)
        )
        mixed = {start - start % width_ms for start in stored if not recent.has_any(start, start + MINUTE.width_ms - 1)}
        covers = self._database.chunks.damage.covers
        return mixed | {start for start in wide if covers(series, start, start + width_ms - 1)}

    def _minutes_of_recent(self, series: int, recent: Columns) -> list[Bucket]:
        """Minutes that hold readings which are still in memory, made anew from all their readings."""
        starts = find_starts(recent.ts, MINUTE.width_ms)
        # A late reading must not cost the decoding of all that lies between it and now.
        minutes: list[Bucket] = []
        for start, end in join_ranges(starts, MINUTE.width_ms, gap_ms=TIERS[-1].width_ms):
            minutes += make_buckets(self.raw(series, start, end - 1), MINUTE.width_ms)
        # What a chunk holds that cannot be read is counted in the stored minute alone.
        covers, last_ms = self._database.chunks.damage.covers, MINUTE.width_ms - 1
        return [
            bucket
            for bucket in minutes
            if bucket.start in starts and not covers(series, bucket.start, bucket.start + last_ms)
        ]


def read_memory(database: Database, series: int, from_ms: int, to_ms: int) -> list[Columns]:
    """What the memtables hold of the range."""
    with database.lock:
        tables = [database.active] + ([database.frozen] if database.frozen is not None else [])
        return [table.between(series, from_ms, to_ms) for table in tables]


def read_buckets(db: sqlite3.Connection, series: int, tier: Tier, low: int, high: int, limit: int = -1) -> list[Bucket]:
    """Rows of the tier's table with low <= start < high; the first `limit` of them."""
    rows = db.execute(
        f"SELECT start,n,min,max,sum,last FROM {tier.table}"  # noqa: S608  (a constant of tiers.py)
        " WHERE series=? AND start>=? AND start<? ORDER BY start LIMIT ?",
        (series, low, high, limit),
    )
    return [Bucket(*row) for row in rows]
