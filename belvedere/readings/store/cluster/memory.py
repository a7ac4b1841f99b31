"""The log of one partition, as memtables that answer: what is committed in MySQL and not yet moved to MongoDB."""

from __future__ import annotations

import struct
import threading
from typing import NamedTuple

from pymysql.cursors import Cursor

from belvedere.readings.store.batch import Batch, unpack_rows
from belvedere.readings.store.chunk import Columns
from belvedere.readings.store.cluster.fence import Row
from belvedere.readings.store.cluster.horizons import load_horizons
from belvedere.readings.store.cluster.shown import unpack_moved
from belvedere.readings.store.horizon import NOTHING_GONE, Horizon
from belvedere.readings.store.memtable import Memtable
from belvedere.readings.store.port import StoreBroken


class LogRow(NamedTuple):
    """A batch in the log. heard_ms: when the rules ran over it, on the steady line. moved: see shown.py."""

    n: int
    heard_ms: int
    data: bytes
    moved: bytes


class Memory:
    """What a process holds of one partition. One thread changes it, any reads it under `lock`.

    heads: series -> newest ts. present: series -> (effective time, value, ts) of its newest value by effective time.
    heard: series -> heard_ms of the last batch that had it. horizons: series -> what is gone of it.
    active: the memtable that takes new readings. frozen: the one that is being moved to MongoDB, if any.
    frozen_heads: series -> ts of its newest reading in there, also once that is moved.
    The dictionaries are the same objects for ever, and what they say only moves forward: other threads may look at them
    while they are loaded anew.
    """

    def __init__(self, part: int) -> None:
        self.part = part
        self.lock = threading.Lock()
        self.heads: dict[int, int] = {}
        self.present: dict[int, tuple[int, float, int]] = {}
        self.heard: dict[int, int] = {}
        self.horizons: dict[int, Horizon] = {}
        self.active = Memtable()
        self.frozen: Memtable | None = None
        self.frozen_heads: dict[int, int] = {}
        self.log_n = 0
        self._folded_n = -1

    def horizon(self, series: int) -> Horizon:
        """What is gone of the series."""
        return self.horizons.get(series, NOTHING_GONE)

    def between(self, series: int, from_ms: int, to_ms: int) -> list[Columns]:
        """What the memtables hold of the range."""
        with self.lock:
            tables = [self.active] + ([self.frozen] if self.frozen is not None else [])
            return [table.between(series, from_ms, to_ms) for table in tables]

    def value_at(self, series: int, ts: int) -> float | None:
        """Return the value at exactly that time, or None."""
        for table in (self.active, self.frozen):
            value = table.value_at(series, ts) if table is not None else None
            if value is not None:
                return value
        return None

    def first_ms(self, series: int) -> list[int]:
        """Return the first time of the series in each memtable that has it."""
        with self.lock:
            tables = [self.active] + ([self.frozen] if self.frozen is not None else [])
            return [table.series[series].ts[0] for table in tables if series in table.series]

    @property
    def rows(self) -> int:
        """How many readings are in memory, all that are not in MongoDB."""
        return self.active.rows + (0 if self.frozen is None else self.frozen.rows)

    # --- what is committed ----------------------------------------------------------------------

    def load(self, cursor: Cursor, fence: Row) -> None:
        """Take up all that is committed as of the fence, in a transaction that sees one moment."""
        with self.lock:
            self.active, self.frozen = Memtable(), None
            self.log_n, self._folded_n = fence.folded_n, fence.folded_n
            cursor.execute(
                "SELECT series, ts, heard_ms, shown_ms, shown_value, shown_ts FROM readings_head WHERE part=%s",
                (self.part,),
            )
            for series, ts, heard_ms, *shown in cursor.fetchall():
                self.heads[series] = ts
                self.heard[series] = heard_ms
                self.present[series] = (shown[0], shown[1], shown[2])
            self._take_up_log(cursor, fence)
            self.horizons.update(load_horizons(cursor, self.part))

    def catch_up(self, cursor: Cursor, fence: Row) -> None:
        """Take up what another worker has committed since, in a transaction that sees one moment."""
        newest = self.active.last_log_id if self.active.rows else 0
        if fence.folded_n < self._folded_n or fence.folded_n > self.log_n or (newest and newest <= fence.folded_n):
            self.load(cursor, fence)  # more has moved than can be told apart here
            return
        with self.lock:
            if fence.folded_n > self._folded_n:
                if self.frozen is not None and self.frozen.last_log_id <= fence.folded_n:
                    self.frozen = None
                self._folded_n = fence.folded_n
            self._take_up_log(cursor, fence)
            self.horizons.update(load_horizons(cursor, self.part))

    def _take_up_log(self, cursor: Cursor, fence: Row) -> None:
        """Load the rows of the log that are new. Those up to `fold_to` are being moved, those after it are not."""
        cursor.execute(
            "SELECT n, heard_ms, data, moved FROM readings_log WHERE part=%s AND n>%s AND n<=%s ORDER BY n",
            (self.part, self.log_n, fence.log_n),
        )
        for row in map(LogRow._make, cursor.fetchall()):
            if fence.fold_to is not None and row.n > fence.fold_to:
                self._freeze_at(fence.fold_to)
            self._replay(row)
        if fence.fold_to is not None:
            self._freeze_at(fence.fold_to)
        self.log_n = fence.log_n

    def _replay(self, row: LogRow) -> None:
        try:
            columns, moved = unpack_rows(row.data), unpack_moved(row.moved)
        except (ValueError, struct.error) as error:
            raise StoreBroken(f"Row {row.n} of the log of partition {self.part} is damaged.") from error
        active, heads = self.active, self.heads
        active.last_log_id = row.n
        active.add_rows(zip(*columns, strict=True))
        for series, ts, value in zip(*columns, strict=True):
            self.heard[series] = row.heard_ms
            if ts >= heads.get(series, ts):
                heads[series] = ts
                self.present[series] = (ts, value, ts)
        self.present.update(moved)

    # --- what this process commits ----------------------------------------------------------------

    def apply(self, batch: Batch, n: int) -> None:
        """Make a batch visible that was committed as row `n` of the log."""
        with self.lock:
            self.active.add_rows(zip(batch.series, batch.ts, batch.values, strict=True))
            self.active.last_log_id = self.log_n = n
            self.heads.update(batch.last)
            self.present.update(batch.present())
            self.heard.update(dict.fromkeys(batch.series, batch.heard_ms))

    def freeze(self, n: int) -> None:
        """Set the memtable aside: from now on it is moved. It holds all rows of the log, which goes on after `n`."""
        with self.lock:
            self.log_n = n
            self._freeze_at(n)

    def thaw(self, folded_n: int) -> None:
        """Drop what is moved."""
        with self.lock:
            self.frozen = None
            self._folded_n = folded_n

    def _freeze_at(self, n: int) -> None:
        """Set the memtable aside unless that is done; rows of it end at `n`."""
        if self.frozen is None:
            self.frozen, self.active = self.active, Memtable()
            self.frozen.last_log_id = n
            series = self.frozen.series.items()
            self.frozen_heads = {one: columns.ts[-1] for one, columns in series}
