"""Single readings looked up for the writer: whether a value that came late is stored already."""

from __future__ import annotations

from belvedere.readings.store.memtable import find_value, merge
from belvedere.readings.store.second import GONE
from belvedere.readings.store.sqlite.database import Database
from belvedere.readings.store.sqlite.history import read_buckets, read_memory
from belvedere.readings.tiers import MINUTE


class Lookup:
    """Answers the questions of a batch (batch.Stored). The writer's thread only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def value_at(self, series: int, ts: int) -> float | None:
        """Return the stored value at exactly that time, GONE if only its time is known, None if there is none."""
        database = self._database
        for memtable in (database.active, database.frozen):
            if memtable is not None:
                value = memtable.value_at(series, ts)
                if value is not None:
                    return value
        found = find_value(database.chunks.around(database.db, series, ts), ts)
        if found is None and ts < database.horizon(series).raw_ms and self._was_deleted(series, ts):
            return GONE
        return found

    def values_between(self, series: int, from_ms: int, to_ms: int) -> dict[int, float]:
        """ts -> value (or GONE) of what is stored with from_ms <= ts <= to_ms."""
        database = self._database
        parts = read_memory(database, series, from_ms, to_ms)
        columns = merge(parts + database.chunks.between(database.db, series, from_ms, to_ms))
        found = dict(zip(columns.ts, columns.values, strict=True))
        if from_ms < database.horizon(series).raw_ms:
            for part in database.times.between(database.db, series, from_ms, to_ms):
                for ts in part.ts:
                    found.setdefault(ts, GONE)
        return found

    def _was_deleted(self, series: int, ts: int) -> bool:
        """Return whether a reading of that time was stored and deleted since."""
        database = self._database
        if find_value(database.times.around(database.db, series, ts), ts) is not None:
            return True
        unlisted = database.chunks.damage.covers(series, ts, ts) or database.times.damage.covers(series, ts, ts)
        if ts >= database.horizon(series).unlisted_ms and not unlisted:
            return False
        # No list tells: in a minute that is known it is taken for a copy, because copies are what comes this late.
        return bool(read_buckets(database.db, series, MINUTE, ts - ts % MINUTE.width_ms, ts + 1))
