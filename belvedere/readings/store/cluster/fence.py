"""The fence: one row a partition, whose version each commit compares and raises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pymysql.cursors import Cursor

from belvedere.readings.store.cluster.mysql import MySql, OutcomeUnknown
from belvedere.readings.store.port import Fenced, StoreBroken

_COLUMNS = "version, next_offset, epoch, log_n, folded_n, fold_to, outbox_n, seen"


class Row(NamedTuple):
    """The fence of one partition.

    next_offset: where the stream goes on; None before the first. epoch: of the record before that, None where the
    stream has not said. log_n: rows of the log up to this are there or gone; a fold raises it to the time, so not all
    numbers have one. folded_n: up to which row the log stands in MongoDB and is dropped. fold_to: up to which it is
    being moved there, None while it is not.
    outbox_n: the last transition. seen: the server's time, as JSON.
    """

    version: int
    next_offset: int | None
    epoch: int | None
    log_n: int
    folded_n: int
    fold_to: int | None
    outbox_n: int
    seen: str | None


UNKNOWN = Row(-1, None, None, 0, 0, None, 0, None)  # agrees with no row: nothing can be committed


class Fence:
    """The row of one partition as this worker knows it. The writer's thread only."""

    def __init__(self, mysql: MySql, part: int) -> None:
        self.mysql = mysql
        self.part = part
        self.row = UNKNOWN

    def is_stale(self) -> bool:
        """Whether another worker has committed since."""
        rows = self.mysql.fetch("SELECT version FROM readings_fence WHERE part=%s", (self.part,))
        return not rows or rows[0][0] != self.row.version

    @contextmanager
    def transaction(self, new: Row) -> Iterator[Cursor]:
        """Commit the block together with the row's new content, whose version is set here. Raises Fenced.

        After an unknown outcome it is Fenced too: reading the row again tells.
        """
        new = new._replace(version=self.row.version + 1)
        try:
            with self.mysql.transaction() as cursor:
                found = cursor.execute(
                    "UPDATE readings_fence SET version=%s, next_offset=%s, epoch=%s, log_n=%s, folded_n=%s, fold_to=%s,"
                    " outbox_n=%s, seen=%s WHERE part=%s AND version=%s",
                    (*new, self.part, self.row.version),
                )
                if not found:
                    raise Fenced(f"another worker has committed to partition {self.part}")
                yield cursor
        except OutcomeUnknown as error:
            raise Fenced(f"the connection was lost in a commit of partition {self.part}") from error
        self.row = new


def load_row(cursor: Cursor, part: int) -> Row:
    """Load the fence of a partition. Raises StoreBroken where there is none."""
    cursor.execute(f"SELECT {_COLUMNS} FROM readings_fence WHERE part=%s", (part,))  # noqa: S608  (a constant)
    found = cursor.fetchone()
    if found is None:
        raise StoreBroken(f"There is no partition {part} in MySQL: run `belvedere migrate`.")
    return Row(*found)
