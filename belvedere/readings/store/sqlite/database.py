"""readings.db, and what the program keeps of it in memory: the state that the parts of this folder share."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from belvedere.readings.store.horizon import NOTHING_GONE, Horizon
from belvedere.readings.store.memtable import Memtable
from belvedere.readings.store.sqlite import horizons
from belvedere.readings.store.sqlite.chunks import ChunkTable
from belvedere.readings.store.sqlite.readpool import ReadPool
from belvedere.readings.store.sqlite.schema import connect, create, explain_error


class Database:
    """One thread writes, with the connection `db`; any thread reads, with a connection that `pool` lends.

    heads: series -> newest ts. present: series -> (effective time, value, ts) of its newest value by effective time
    (min(ts, receipt)); after a start the effective time may be the ts.
    active: the memtable that takes new readings. frozen: the one that is being moved into chunks, if any.
    lock: guards the memtables. chunks: the readings; times: when those were that are past their retention;
    horizons: series -> what is gone of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store_id = ""
        self.heads: dict[int, int] = {}
        self.present: dict[int, tuple[int, float, int]] = {}
        self.active = Memtable()
        self.frozen: Memtable | None = None
        self.lock = threading.Lock()
        self.pool = ReadPool(path)
        self.chunks = ChunkTable("chunk")
        self.times = ChunkTable("times")
        self.horizons: dict[int, Horizon] = {}
        self._db: sqlite3.Connection | None = None

    @property
    def db(self) -> sqlite3.Connection:
        """The writer's connection."""
        assert self._db is not None, "the store is not open"
        return self._db

    def open(self) -> None:
        """Connect, create or upgrade the tables, and load all but the log into memory. Raises sqlite3.Error."""
        self._db = connect(self.path)
        self.store_id = create(self._db)
        for series, ts, value in self._db.execute("SELECT series, ts, value FROM head"):
            self.heads[series] = ts
            self.present[series] = (ts, value, ts)
        self.horizons = horizons.load(self._db)
        self.chunks.damage.load(self._db)
        self.times.damage.load(self._db)

    def close(self) -> None:
        """Close all connections."""
        self.pool.close()
        if self._db is not None:
            self._db.close()
            self._db = None

    def rollback(self) -> None:
        """Leave a failed transaction, if there is one. Raises StoreUnavailable or StoreBroken."""
        try:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise explain_error(error) from error

    def horizon(self, series: int) -> Horizon:
        """What is gone of the series."""
        return self.horizons.get(series, NOTHING_GONE)
