"""Single readings looked up for the writer: whether a value that came late is stored already."""

from __future__ import annotations

from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.cluster.history import History
from belvedere.readings.store.cluster.memory import Memory
from belvedere.readings.store.cluster.windows import Tables, WindowTable
from belvedere.readings.store.memtable import find_value
from belvedere.readings.store.second import GONE
from belvedere.readings.tiers import MINUTE

WINDOWS_KEPT = 256


class Lookup:
    """Answers the questions of a batch (batch.Stored). The writer's thread only: it keeps windows that it has read."""

    def __init__(self, memory: Memory, tables: Tables, history: History) -> None:
        self._memory = memory
        self._tables = tables
        self._history = history
        self._read: dict[tuple[str, int, int], Columns] = {}

    def forget(self) -> None:
        """Drop what is kept of MongoDB, because it has changed."""
        self._read.clear()

    def value_at(self, series: int, ts: int) -> float | None:
        """Return the stored value at exactly that time, GONE if only its time is known, None if there is none."""
        value = self._memory.value_at(series, ts)
        if value is None:
            value = find_value(self._read_window(self._tables.chunks, series, ts), ts)
        if value is None and ts < self._memory.horizon(series).raw_ms:
            return GONE if self._was_deleted(series, ts) else None
        return value

    def _was_deleted(self, series: int, ts: int) -> bool:
        """Whether a reading of that time was stored and deleted since."""
        if find_value(self._read_window(self._tables.times, series, ts), ts) is not None:
            return True
        if not any(table.damage.covers(series, ts, ts) for table in (self._tables.chunks, self._tables.times)):
            return False
        # No list tells: in a minute that is known it is taken for a copy, because copies are what comes this late.
        return bool(self._history.stored_buckets(series, MINUTE, ts - ts % MINUTE.width_ms, ts + 1))

    def values_between(self, series: int, from_ms: int, to_ms: int) -> dict[int, float]:
        """ts -> value (or GONE) of what is stored with from_ms <= ts <= to_ms."""
        columns = self._history.raw(series, from_ms, to_ms)
        found = dict(zip(columns.ts, columns.values, strict=True))
        if from_ms < self._memory.horizon(series).raw_ms:
            for window in self._tables.times.between(series, from_ms, to_ms):
                for ts in window.content.between(from_ms, to_ms).ts:
                    found.setdefault(ts, GONE)
        return found

    def _read_window(self, table: WindowTable[Columns], series: int, ts: int) -> Columns:
        number = ts // table.width_ms
        key = (table.name, series, number)
        columns = self._read.get(key)
        if columns is None:
            if len(self._read) >= WINDOWS_KEPT:
                self._read.clear()
            columns = self._read[key] = table.load([(series, number)])[series, number].content
        return columns
