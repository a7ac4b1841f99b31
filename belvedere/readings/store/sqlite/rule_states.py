"""The table `rule_state`: where each rule stands on each series."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from belvedere.readings.store.port import SavedState


def load_states(db: sqlite3.Connection) -> list[SavedState]:
    """Load all, as last committed."""
    return [SavedState(*row) for row in db.execute("SELECT rule, series, state FROM rule_state").fetchall()]


def save_states(db: sqlite3.Connection, states: Mapping[tuple[int, int], bytes | None]) -> None:
    """Store them by (rule, series) in the transaction of their batch; None deletes one."""
    for (rule, series), state in states.items():
        if state is None:
            db.execute("DELETE FROM rule_state WHERE rule=? AND series=?", (rule, series))
        else:
            db.execute("INSERT OR REPLACE INTO rule_state VALUES(?,?,?)", (rule, series, state))
