"""What one transaction will hold, collected reading by reading."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

LONG_AGO = -(1 << 62)


class Verdict(IntEnum):
    """What a value is to the store: new, there already, or there with another value."""

    NEW = 0
    DUPLICATE = 1
    CONFLICT = 2


class QuarantineEntry(NamedTuple):
    """A refused reading; body: as received."""

    device: str
    at_ms: int
    reason: str
    position: int
    detail: str
    body: bytes


class OutboxEntry(NamedTuple):
    """A transition of a rule on a series."""

    site_id: int
    rule_id: int
    rule_version: int
    series_id: int
    ts_ms: int
    kind: str
    value: float | None


class Batch:
    """New values in order of arrival, and all else that must be durable with them.

    heads: series -> newest ts stored. value_at: a look-up of what is stored, for late values.
    last: series -> newest ts of this batch, for the series it moves on.
    """

    __slots__ = (
        "_heads",
        "_index",
        "_value_at",
        "conflicts",
        "duplicates",
        "last",
        "outbox",
        "quarantine",
        "series",
        "states",
        "ts",
        "values",
    )

    def __init__(self, heads: dict[int, int], value_at: Callable[[int, int], float | None]) -> None:
        self._heads = heads
        self._value_at = value_at
        self._index: dict[tuple[int, int], float] | None = None
        self.series = array("I")
        self.ts = array("q")
        self.values = array("d")
        self.last: dict[int, int] = {}
        self.states: dict[tuple[int, int], bytes | None] = {}
        self.outbox: list[OutboxEntry] = []
        self.quarantine: list[QuarantineEntry] = []
        self.duplicates = 0
        self.conflicts = 0

    def add(self, series: int, ts: int, value: float) -> Verdict:
        """Take one value. Cheap where time moves on; a late one is looked up."""
        last = self.last.get(series)
        if last is None:
            last = self._heads.get(series, LONG_AGO)
        if ts > last:
            self.last[series] = ts
            if self._index is not None:
                self._index[series, ts] = value
        else:
            known = self._known(series, ts)
            if known is not None:
                self.duplicates += 1
                if known != value:
                    self.conflicts += 1
                    return Verdict.CONFLICT
                return Verdict.DUPLICATE
            assert self._index is not None
            self._index[series, ts] = value
        self.series.append(series)
        self.ts.append(ts)
        self.values.append(value)
        return Verdict.NEW

    def _known(self, series: int, ts: int) -> float | None:
        if self._index is None:
            self._index = dict(zip(zip(self.series, self.ts, strict=True), self.values, strict=True))
        known = self._index.get((series, ts))
        return self._value_at(series, ts) if known is None else known

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (self.ts or self.states or self.outbox or self.quarantine)
