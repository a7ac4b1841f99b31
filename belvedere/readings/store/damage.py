"""Which times of which series stand in chunks that cannot be read."""

from __future__ import annotations

import threading
from typing import NamedTuple

import structlog

log = structlog.get_logger(__name__)


class Span(NamedTuple):
    """The time of a chunk, Unix ms, both ends included."""

    first_ms: int
    last_ms: int


class Damage:
    """The damaged chunks of one table, as far as they were met. Any thread."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._spans: dict[int, frozenset[Span]] = {}

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
        if self.add(series, span):
            log.error("chunk_damaged", table=self._source, series=series, **span._asdict(), reason=reason)

    def add(self, series: int, span: Span) -> bool:
        """Record one that may be known, and is logged; return whether it is new."""
        with self._lock:
            known = self._spans.get(series, frozenset())
            if span in known:
                return False
            self._spans[series] = known | {span}
            return True

    def forget(self, series: int) -> None:
        """Forget a series that is deleted."""
        with self._lock:
            self._spans.pop(series, None)
