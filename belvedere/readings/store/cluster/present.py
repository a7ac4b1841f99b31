"""The table `readings_present`: present values that are not the newest reading by its own time: a clock was wrong."""

from __future__ import annotations

from pymysql.cursors import Cursor

from belvedere.readings.store.batch import Batch


class PresentTable:
    """A row for each series whose present value heads and log do not tell. The writer's thread only.

    listed: the series that have one.
    """

    def __init__(self, part: int) -> None:
        self._part = part
        self.listed: set[int] = set()

    def write(self, cursor: Cursor, batch: Batch) -> None:
        """Update the rows for the batch, in the transaction that is open."""
        odd = batch.odd()
        if odd:
            cursor.executemany(
                "INSERT INTO readings_present VALUES (%s,%s,%s,%s) ON DUPLICATE KEY UPDATE ts=VALUES(ts),"
                " value=VALUES(value)",
                [(self._part, *row) for row in odd],
            )
        even = self.listed.intersection(batch.shown()).difference(row[0] for row in odd)
        if even:
            cursor.executemany(
                "DELETE FROM readings_present WHERE part=%s AND series=%s", [(self._part, series) for series in even]
            )

    def apply(self, batch: Batch) -> None:
        """Remember which series have a row, after the commit."""
        self.listed = self.listed.difference(batch.shown()).union(row[0] for row in batch.odd())


def load_present(cursor: Cursor, part: int) -> dict[int, tuple[int, float, int]]:
    """Load series -> (effective time, value, ts) of a partition."""
    cursor.execute("SELECT series, ts, value FROM readings_present WHERE part=%s", (part,))
    return {series: (ts, value, ts) for series, ts, value in cursor.fetchall()}
