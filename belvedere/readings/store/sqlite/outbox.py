"""The table `outbox`: transitions of rules on their way to the alert log."""

from __future__ import annotations

import sqlite3

from belvedere.readings.store.batch import OutboxRow

_AFTER = "SELECT site,rule,rule_version,series,ts,kind,value,id FROM outbox WHERE id>? ORDER BY id LIMIT ?"


def add_rows(db: sqlite3.Connection, rows: list[OutboxRow]) -> None:
    """Store them in the transaction of the batch that made them; each gets the next id."""
    db.executemany("INSERT INTO outbox VALUES(NULL,?,?,?,?,?,?,?)", [row[:-1] for row in rows])


def load_after(db: sqlite3.Connection, last_id: int, limit: int) -> list[OutboxRow]:
    """Load committed rows with id > last_id, in order."""
    return [OutboxRow(*row) for row in db.execute(_AFTER, (last_id, limit)).fetchall()]


def drop_until(db: sqlite3.Connection, last_id: int) -> None:
    """Delete rows up to this id."""
    db.execute("DELETE FROM outbox WHERE id<=?", (last_id,))
