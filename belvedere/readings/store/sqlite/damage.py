"""Damaged chunks of readings.db: the table that keeps their bytes for a repair."""

from __future__ import annotations

import sqlite3

from belvedere.domain.times import now_ms
from belvedere.readings.store import damage
from belvedere.readings.store.damage import Span

# Of later than the first release: made where they are missing.
TABLES = (
    "CREATE TABLE IF NOT EXISTS damaged(id INTEGER PRIMARY KEY, source TEXT NOT NULL, series INTEGER NOT NULL,"
    " first_ts INTEGER NOT NULL, last_ts INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL,"
    " reason TEXT NOT NULL, found_ms INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS damaged_series ON damaged(series)",
)


class Damage(damage.Damage):
    """The damaged chunks of one table, whether they are set aside already or not. Any thread.

    A chunk is set aside by the writer, in the transaction that meets it; whoever only reads passes it over.
    """

    def load(self, db: sqlite3.Connection) -> None:
        """Load what was set aside in earlier runs."""
        rows = db.execute("SELECT series, first_ts, last_ts FROM damaged WHERE source=?", (self._source,))
        for series, first_ms, last_ms in rows:
            self.add(series, Span(first_ms, last_ms))

    def set_aside(self, db: sqlite3.Connection, row_id: int, reason: str) -> None:
        """Move the row to `damaged`, in the transaction that is open."""
        db.execute(
            "INSERT INTO damaged SELECT NULL, ?2, series, first_ts, last_ts, n, data, ?3, ?4"  # noqa: S608  (a constant)
            f" FROM {self._source} WHERE id=?1",
            (row_id, self._source, reason, now_ms()),
        )
        db.execute(f"DELETE FROM {self._source} WHERE id=?", (row_id,))  # noqa: S608  (a constant)
