"""The table `readings_outbox`: transitions of rules on their way to the alert log, numbered by partition."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from pymysql.cursors import Cursor

from belvedere.readings.store.batch import OutboxRow
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.schema import load_store_id


class ClusterOutbox:
    """The outbox of one partition (port.Outbox). Any thread."""

    def __init__(self, part: int, mysql: MySql) -> None:
        self._part = part
        self._mysql = mysql

    @cached_property
    def store_id(self) -> str:
        """Identifies the data of this partition."""
        return f"{load_store_id(self._mysql)}:{self._part}"

    def outbox_after(self, last_id: int, limit: int) -> Sequence[OutboxRow]:
        """Committed transitions with id > last_id, in order."""
        rows = self._mysql.fetch(
            "SELECT site, rule, rule_version, series, ts, kind, value, n FROM readings_outbox"
            " WHERE part=%s AND n>%s ORDER BY n LIMIT %s",
            (self._part, last_id, limit),
        )
        return [OutboxRow(*row) for row in rows]

    def outbox_trim(self, last_id: int) -> None:
        """Delete transitions up to this id."""
        self._mysql.execute("DELETE FROM readings_outbox WHERE part=%s AND n<=%s", (self._part, last_id))


def add_rows(cursor: Cursor, part: int, after: int, rows: list[OutboxRow]) -> None:
    """Store them in the transaction of the batch that made them; each gets the next number after `after`."""
    numbered = [(part, after + at, *row[:-1]) for at, row in enumerate(rows, 1)]
    cursor.executemany("INSERT INTO readings_outbox VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s)", numbered)
