"""Ranges of readings and buckets, from memory and chunks together. Any thread."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator

from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.damage import Span
from belvedere.readings.store.horizon import Horizon
from belvedere.readings.store.memtable import merge
from belvedere.readings.store.recent import find_buckets
from belvedere.readings.store.sqlite.database import Database
from belvedere.readings.tiers import MINUTE, Bucket, Tier

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
        return find_buckets(self, series, tier, from_ms, to_ms)

    # --- what store/recent.py asks ----------------------------------------------------------------

    def horizon(self, series: int) -> Horizon:
        """What is gone of the series."""
        return self._database.horizon(series)

    def in_memory(self, series: int, from_ms: int, to_ms: int) -> Columns:
        """The readings of the range that are not moved yet."""
        return merge(read_memory(self._database, series, from_ms, to_ms))

    def stored_buckets(self, series: int, tier: Tier, low: int, high: int) -> list[Bucket]:
        """Buckets with low <= start < high, as they are stored."""
        with self._database.pool.lend() as db:
            return read_buckets(db, series, tier, low, high)

    def is_damaged(self, series: int, from_ms: int, to_ms: int) -> bool:
        """Whether a reading of that range may stand in a chunk that cannot be read."""
        return self._database.chunks.damage.covers(series, from_ms, to_ms)


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
    return list(map(Bucket._make, rows))
