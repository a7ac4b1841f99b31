"""How far the stream is stored, in readings.db."""

from __future__ import annotations

import sqlite3

_KEY = "position"


def load_position(db: sqlite3.Connection) -> int | None:
    """None where no batch came with a position."""
    row = db.execute("SELECT value FROM meta WHERE key=?", (_KEY,)).fetchone()
    return None if row is None else int(row[0])


def save_position(db: sqlite3.Connection, position: int) -> None:
    """Store it in the transaction of the batch that leads up to it."""
    db.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (_KEY, str(position)))
