"""The time that the cluster has last seen, and what a person says of it: for every process that judges its own date."""

from __future__ import annotations

import msgspec

from belvedere.domain.clock import Seen
from belvedere.readings.store.cluster.mysql import MySql

CONFIRMED = "clock_confirmed"  # of readings_meta
HEARD_SECONDS = 60  # whoever looks later has not been meant


def load_last_seen(mysql: MySql) -> Seen | None:
    """Return the latest time that any worker has noted; None where none has. Of another machine, so a date alone."""
    rows = mysql.fetch("SELECT seen FROM readings_fence WHERE seen IS NOT NULL")
    times = [msgspec.json.decode(seen, type=Seen).ms for (seen,) in rows]
    return Seen(max(times)) if times else None


def save_confirmation(mysql: MySql, confirmed_ms: int) -> None:
    """Tell every process that this is the right time now."""
    mysql.execute(
        "INSERT INTO readings_meta VALUES (%s, CONCAT(%s, ' ', UNIX_TIMESTAMP()))"
        " ON DUPLICATE KEY UPDATE value=VALUES(value)",
        (CONFIRMED, str(confirmed_ms)),
    )


def load_confirmation(mysql: MySql) -> int | None:
    """Return the time that somebody has just confirmed, if any; by the database's time, for ours is in doubt."""
    for value, now in mysql.fetch("SELECT value, UNIX_TIMESTAMP() FROM readings_meta WHERE name=%s", (CONFIRMED,)):
        confirmed_ms, written = map(int, value.split())
        if 0 <= now - written <= HEARD_SECONDS:
            return confirmed_ms
    return None
