"""Keeps each row that is committed to the log of readings, also once it is dropped there.

A reading that is stored twice shows nowhere else: whoever reads merges equal times.
"""

from __future__ import annotations

from collections import Counter

from belvedere.readings.store.batch import unpack_rows
from tests.cluster.stack import Stack

NAME = "tests_log_copy"


class LogCopy:
    """A trigger of the database copies them, in the transaction of the row itself."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def __enter__(self) -> LogCopy:
        self._drop()
        self._stack.execute(f"CREATE TABLE {NAME}(data MEDIUMBLOB NOT NULL) ENGINE=InnoDB")
        self._stack.execute(
            f"CREATE TRIGGER {NAME} AFTER INSERT ON readings_log FOR EACH ROW INSERT INTO {NAME} VALUES (NEW.data)"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def count(self) -> Counter[tuple[int, int]]:
        """(series, ts) -> how often that was stored."""
        counts: Counter[tuple[int, int]] = Counter()
        for (data,) in self._stack.fetch(f"SELECT data FROM {NAME}"):
            series, ts, _ = unpack_rows(data)
            counts.update(zip(series, ts, strict=True))
        return counts

    def _drop(self) -> None:
        self._stack.execute(f"DROP TRIGGER IF EXISTS {NAME}")
        self._stack.execute(f"DROP TABLE IF EXISTS {NAME}")
