"""The tables `readings_quarantine` and `readings_refused`: bodies that were refused, and how often each reason came."""

from __future__ import annotations

from collections import Counter

from pymysql.cursors import Cursor

from belvedere.readings.store.batch import QuarantineEntry
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.port import QuarantineRow
from belvedere.readings.store.refused import QUARANTINE_ROWS, keep_newest


class ClusterQuarantine:
    """What was refused, of all partitions (port.Quarantine). Any thread."""

    def __init__(self, mysql: MySql) -> None:
        self._mysql = mysql

    def quarantined(self, device: str, before_id: int, limit: int) -> list[QuarantineRow]:
        """Refused readings of a device, newest first, with id < before_id."""
        rows = self._mysql.fetch(
            "SELECT id, device, at_ms, reason, position, detail, body FROM readings_quarantine"
            " WHERE device=%s AND id<%s ORDER BY id DESC LIMIT %s",
            (device, before_id, limit),
        )
        return [QuarantineRow(*row) for row in rows]

    def refused_counts(self, device: str) -> dict[str, int]:
        """Reason -> how many readings of this device were refused since the beginning."""
        return dict(self._mysql.fetch("SELECT reason, n FROM readings_refused WHERE device=%s", (device,)))

    def drop_device(self, device: str) -> None:
        """Delete all that was refused of a device."""
        self._mysql.execute("DELETE FROM readings_quarantine WHERE device=%s", (device,))
        self._mysql.execute("DELETE FROM readings_refused WHERE device=%s", (device,))

    def drop_quarantined(self, device: str, row_id: int) -> None:
        """Delete one refused reading."""
        self._mysql.execute("DELETE FROM readings_quarantine WHERE device=%s AND id=%s", (device, row_id))


def add_entries(cursor: Cursor, entries: list[QuarantineEntry]) -> None:
    """Add them in the transaction that is open, and delete what is over the bound of each device."""
    cursor.executemany(
        "INSERT INTO readings_quarantine(device, at_ms, reason, position, detail, body) VALUES (%s,%s,%s,%s,%s,%s)",
        keep_newest(entries),
    )
    counts = Counter((entry.device, entry.reason) for entry in entries)
    cursor.executemany(
        "INSERT INTO readings_refused VALUES (%s,%s,%s) ON DUPLICATE KEY UPDATE n=n+VALUES(n)",
        [(device, reason, n) for (device, reason), n in counts.items()],
    )
    for device in {entry.device for entry in entries}:
        cursor.execute(
            "SELECT id FROM readings_quarantine WHERE device=%s ORDER BY id DESC LIMIT 1 OFFSET %s",
            (device, QUARANTINE_ROWS),
        )
        over = cursor.fetchone()
        if over is not None:
            cursor.execute("DELETE FROM readings_quarantine WHERE device=%s AND id<=%s", (device, over[0]))
