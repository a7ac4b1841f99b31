"""The server's last time, in the table `meta`: the next start compares its clock with it."""

from __future__ import annotations

import sqlite3

import msgspec

from belvedere.domain.clock import Seen

_KEY = "seen_ms"
_WHOLE = "seen"  # all of it; the key above is what versions before this one read and write


def load_seen(db: sqlite3.Connection) -> Seen | None:
    """Load it; None in a new database, or one of a version that did not store it."""
    rows = dict(db.execute("SELECT key, value FROM meta WHERE key IN (?,?)", (_KEY, _WHOLE)).fetchall())
    ms = rows.get(_KEY, "")
    if not ms.isdigit():
        return None
    try:
        whole = msgspec.json.decode(rows.get(_WHOLE, ""), type=Seen)
    except msgspec.DecodeError:
        whole = Seen(0)
    # Another version may have run since and written its key alone.
    return whole if whole.ms == int(ms) else Seen(int(ms))


def save_seen(db: sqlite3.Connection, seen: Seen) -> None:
    """Store it, in the transaction that is open or in one of its own."""
    rows = (_KEY, str(seen.ms), _WHOLE, msgspec.json.encode(seen).decode())
    db.execute("INSERT OR REPLACE INTO meta VALUES(?,?),(?,?)", rows)
