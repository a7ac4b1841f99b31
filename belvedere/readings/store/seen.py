"""The last time that the server's clock was seen at, in readings.db: what the next start is judged by."""

from __future__ import annotations

import sqlite3

_KEY = "seen_ms"


def last_seen_ms(db: sqlite3.Connection) -> int | None:
    """Unix ms; None in a new database, or one of a version that did not remember."""
    row = db.execute("SELECT value FROM meta WHERE key=?", (_KEY,)).fetchone()
    return int(row[0]) if row and row[0].isdigit() else None


def write_seen(db: sqlite3.Connection, seen_ms: int) -> None:
    """Remember it, in the transaction that is open or in one of its own."""
    db.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (_KEY, str(seen_ms)))
