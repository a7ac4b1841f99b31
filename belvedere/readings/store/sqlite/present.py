"""The table `present`: present values that are not the newest reading by its own time, because a clock was wrong."""

from __future__ import annotations

from belvedere.readings.store.batch import Batch
from belvedere.readings.store.sqlite.database import Database


class PresentTable:
    """Keeps a row for each series whose present value `head` and `log` do not tell. The writer's thread only.

    listed: the series that have one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.listed: set[int] = set()

    def load(self) -> None:
        """Correct the present values, after the replay of the log."""
        for series, ts, value in self._database.db.execute("SELECT series, ts, value FROM present"):
            self._database.present[series] = (ts, value, ts)
            self.listed.add(series)

    def write(self, batch: Batch) -> None:
        """Update the rows for the batch, in the transaction that is open."""
        odd = batch.odd()
        if odd:
            self._database.db.executemany("INSERT OR REPLACE INTO present VALUES(?,?,?)", odd)
        if self.listed:
            even = self.listed.intersection(batch.shown()).difference(row[0] for row in odd)
            self._database.db.executemany("DELETE FROM present WHERE series=?", [(series,) for series in even])

    def apply(self, batch: Batch) -> None:
        """Remember which series have a row, after the commit."""
        odd = batch.odd()
        if odd or self.listed:
            self.listed = self.listed.difference(batch.shown()).union(row[0] for row in odd)
