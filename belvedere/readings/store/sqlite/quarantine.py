"""The tables `quarantine` and `refused`: bodies that were refused, and how often each reason came."""

from __future__ import annotations

import sqlite3
from collections import Counter

from belvedere.readings.store.batch import QuarantineEntry
from belvedere.readings.store.port import QuarantineRow
from belvedere.readings.store.refused import QUARANTINE_ROWS, keep_newest
from belvedere.readings.store.sqlite.database import Database
from belvedere.readings.store.sqlite.schema import explain_error


class QuarantineTable:
    """What was refused (port.Quarantine). The writer's thread writes and deletes; any thread reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, entries: list[QuarantineEntry]) -> None:
        """Add the entries, in the transaction that is open, and delete what is over the bound of each device."""
        db = self._database.db
        db.executemany("INSERT INTO quarantine VALUES(NULL,?,?,?,?,?,?)", keep_newest(entries))
        counts = Counter((entry.device, entry.reason) for entry in entries)
        db.executemany(
            "INSERT INTO refused VALUES(?1,?2,?3) ON CONFLICT(device, reason) DO UPDATE SET n=n+?3",
            [(device, reason, n) for (device, reason), n in counts.items()],
        )
        for device in {entry.device for entry in entries}:
            db.execute(
                "DELETE FROM quarantine WHERE device=?1 AND id<=(SELECT id FROM quarantine WHERE device=?1"
                " ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                (device, QUARANTINE_ROWS),
            )

    def quarantined(self, device: str, before_id: int, limit: int) -> list[QuarantineRow]:
        """Refused readings of a device, newest first, with id < before_id."""
        with self._database.pool.lend() as db:
            rows = db.execute(
                "SELECT * FROM quarantine WHERE device=? AND id<? ORDER BY id DESC LIMIT ?", (device, before_id, limit)
            ).fetchall()
        return [QuarantineRow(*row) for row in rows]

    def refused_counts(self, device: str) -> dict[str, int]:
        """Reason -> how many readings of this device were refused since the beginning."""
        with self._database.pool.lend() as db:
            return dict(db.execute("SELECT reason, n FROM refused WHERE device=?", (device,)).fetchall())

    def drop_device(self, device: str) -> None:
        """Delete all that was refused of a device. Raises StoreUnavailable or StoreBroken."""
        try:
            self._database.db.execute("DELETE FROM quarantine WHERE device=?", (device,))
            self._database.db.execute("DELETE FROM refused WHERE device=?", (device,))
        except sqlite3.Error as error:
            raise explain_error(error) from error

    def drop_quarantined(self, device: str, row_id: int) -> None:
        """Delete one refused reading. Raises StoreUnavailable or StoreBroken."""
        try:
            self._database.db.execute("DELETE FROM quarantine WHERE device=? AND id=?", (device, row_id))
        except sqlite3.Error as error:
            raise explain_error(error) from error
