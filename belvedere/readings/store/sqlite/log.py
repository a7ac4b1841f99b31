"""The table `log`: each batch of readings as one row, until its readings stand in chunks (docs/adr/0001)."""

from __future__ import annotations

import struct
from array import array

from belvedere.readings.store.batch import Batch
from belvedere.readings.store.sqlite.database import Database
from belvedere.readings.store.sqlite.lookup import Lookup

_COUNT = struct.Struct("<I")


class Log:
    """Writes batches, and reads them back into memory at the start. The writer's thread only."""

    def __init__(self, database: Database, lookup: Lookup) -> None:
        self._database = database
        self._lookup = lookup
        self._next_id = 1

    def replay(self) -> None:
        """Load the log into memory. A crash may have left readings in both log and chunks."""
        database = self._database
        for log_id, blob in database.db.execute("SELECT id, rows FROM log ORDER BY id"):
            self._next_id = log_id + 1
            database.active.last_log_id = log_id
            for series, ts, value in zip(*unpack_rows(blob), strict=True):
                if ts > database.heads.get(series, ts - 1) or self._lookup.value_at(series, ts) is None:
                    database.active.add(series, ts, value)
                    if ts >= database.heads.get(series, ts):
                        database.heads[series] = ts
                        database.present[series] = (ts, value, ts)

    def insert(self, batch: Batch) -> None:
        """Write the batch's readings, in the transaction that is open."""
        self._database.db.execute("INSERT INTO log VALUES(?,?,?)", (self._next_id, len(batch), pack_rows(batch)))

    def apply(self, batch: Batch) -> None:
        """Make the readings visible after the commit. The caller holds the lock."""
        active, present = self._database.active, self._database.present
        add = active.add
        for series, ts, value in zip(batch.series, batch.ts, batch.values, strict=True):
            add(series, ts, value)
        self._database.heads.update(batch.last)
        for series, ts in batch.last.items():
            present[series] = (ts, active.series[series].values[-1], ts)
        present.update(batch.moved)
        active.last_log_id = self._next_id
        self._next_id += 1


def pack_rows(batch: Batch) -> bytes:
    """Encode the batch's readings: n, then n series (u32), n times (i64), n values (double)."""
    head = _COUNT.pack(len(batch))
    return b"".join((head, batch.series.tobytes(), batch.ts.tobytes(), batch.values.tobytes()))


def unpack_rows(blob: bytes) -> tuple[array[int], array[int], array[float]]:
    """Decode a blob into the columns series, ts, values."""
    n = _COUNT.unpack_from(blob)[0]
    series, ts, values = array("I"), array("q"), array("d")
    a, b = 4 + 4 * n, 4 + 12 * n
    series.frombytes(blob[4:a])
    ts.frombytes(blob[a:b])
    values.frombytes(blob[b:])
    return series, ts, values
