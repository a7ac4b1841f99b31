"""Damaged chunks: which times they cover, and the table that keeps their bytes for a repair."""

from __future__ import annotations

import sqlite3
import threading
from typing import NamedTuple

import structlog

from belvedere.domain.times import now_ms

log = structlog.get_logger(__name__)

# Of later than the first release: made where they are missing.
TABLES = (
    "CREATE TABLE IF NOT EXISTS damaged(id INTEGER PRIMARY KEY, source TEXT NOT NULL, series INTEGER NOT NULL,"
    " first_ts INTEGER NOT NULL, last_ts INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL,"
    " reason TEXT NOT NULL, found_ms INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS damaged_series ON damaged(series)",
)


class Span(NamedTuple):
    """The time of a chunk, Unix ms, both ends included."""

    first_ms: int
    last_ms: int


class Damage:
    """The damaged chunks of one table, whether they are set aside already or not. Any thread.

    A chunk is set aside by the writer, in the transaction that meets it; whoever only reads passes it over.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._spans: dict[int, frozenset[Span]] = {}

    def load(self, db: sqlite3.Connection) -> None:
        """Load what was set aside in earlier runs."""
        rows = db.execute("SELECT series, first_ts, last_ts FROM damaged WHERE source=?", (self._source,))
        for series, first_ms, last_ms in rows:
            self._add(series, Span(first_ms, last_ms))

    @property
    def count(self) -> int:
        """The number of damaged chunks."""
        return sum(map(len, list(self._spans.values())))

    def covers(self, series: int, from_ms: int, to_ms: int) -> bool:
        """Whether a chunk that cannot be read may hold a reading with from_ms <= ts <= to_ms."""
        spans = self._spans.get(series)
        return spans is not None and any(one.first_ms <= to_ms and one.last_ms >= from_ms for one in spans)

    def find_end(self, series: int, from_ms: int, to_ms: int) -> int | None:
        """Return the last time that such chunks of the range may hold; None where there are none."""
        spans = self._spans.get(series, frozenset())
        return max((one.last_ms for one in spans if one.first_ms <= to_ms and one.last_ms >= from_ms), default=None)

    def note(self, series: int, span: Span, reason: str) -> None:
        """Record a damaged chunk, and log it once."""
        if self._add(series, span):
            log.error("chunk_damaged", table=self._source, series=series, **span._asdict(), reason=reason)

    def set_aside(self, db: sqlite3.Connection, row_id: int, reason: str) -> None:
        """Move the row to `damaged`, in the transaction that is open."""
        db.execute(
            "INSERT INTO damaged SELECT NULL, ?2, series, first_ts, last_ts, n, data, ?3, ?4"  # noqa: S608  (a constant)
            f" FROM {self._source} WHERE id=?1",
            (row_id, self._source, reason, now_ms()),
        )
        db.execute(f"DELETE FROM {self._source} WHERE id=?", (row_id,))  # noqa: S608  (a constant)

    def forget(self, series: int) -> None:
        """Forget a series that is deleted."""
        with self._lock:
            self._spans.pop(series, None)

    def _add(self, series: int, span: Span) -> bool:
        with self._lock:
            known = self._spans.get(series, frozenset())
            self._spans[series] = known | {span}
            return span not in known
