"""The position in the stream up to which everything is stored, in the table `meta`."""

from __future__ import annotations

import sqlite3

_KEY = "position"


def load_position(db: sqlite3.Connection) -> int | None:
    """Load it; None if no batch had one."""
    row = db.execute("SELECT value FROM meta WHERE key=?", (_KEY,)).fetchone()
    return None if row is None else int(row[0])


def save_position(db: sqlite3.Connection, position: int) -> None:
    """Store it in the transaction of the batch that leads up to it."""
    db.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (_KEY, str(position)))
