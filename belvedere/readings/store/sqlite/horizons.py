"""The table `horizon`: up to when each series is deleted, written in the transactions that delete."""

from __future__ import annotations

import sqlite3

from belvedere.readings.store.horizon import Horizon


def load(db: sqlite3.Connection) -> dict[int, Horizon]:
    """Load series -> horizon, for the series that have one."""
    rows = db.execute("SELECT series, raw_ms, tier_ms, unlisted_ms FROM horizon")
    return {series: Horizon(*rest) for series, *rest in rows}


def save(db: sqlite3.Connection, series: int, horizon: Horizon) -> None:
    """Store it in the transaction that deletes."""
    db.execute("INSERT OR REPLACE INTO horizon VALUES(?,?,?,?)", (series, *horizon))
